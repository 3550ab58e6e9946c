/** RFC 3339 in UTC to the second, as Kubernetes writes times. @param moment a number is milliseconds since 1970 */
export const rfc3339 = (moment: number | Date): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;

/** As rfc3339, rounded up: what ended within that second has ended by then. @param moment milliseconds since 1970 */
export const rfc3339Up = (moment: number): string => rfc3339(Math.ceil(moment / 1000) * 1000);

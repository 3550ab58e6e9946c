/** RFC 3339 in UTC to the second, as Kubernetes writes times. @param moment a number is milliseconds since 1970 */
export const rfc3339 = (moment: number | Date): string => `${new Date(moment).toISOString().slice(0, 19)}Z`;

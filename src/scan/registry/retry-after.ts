const LONGEST_MS = 24 * 3_600_000;
// RFC 9110 §5.6.7; Date.parse alone takes much that is no date.
const HTTP_DATE = /^[A-Z][a-z]{2,8},? \d{1,2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads Retry-After: seconds or an HTTP date.
 * @param now milliseconds since 1970
 * @returns milliseconds from now, at most a day; undefined for anything else
 */
export const parseRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  const at = /^\d{1,12}$/.test(text) ? now + Number(text) * 1000 : HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(0, at - now), LONGEST_MS);
};

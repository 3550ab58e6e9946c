/**
 * Orders two resourceVersions of one API server: negative when `a` is older. They are decimal numbers of any length,
 * comparable across the objects of one resource (KEP-5504).
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

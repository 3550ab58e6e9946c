type Fields = Record<string, unknown>;

const isMap = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x);

/** What the API server does not store: absent, null, an empty list, an empty map. */
const isEmpty = (x: unknown): boolean =>
  x === undefined ||
  x === null ||
  (Array.isArray(x) ? x.length === 0 : isMap(x) && Object.values(x).every(isUndefined));

const isUndefined = (x: unknown): boolean => x === undefined;

/** Equal after dropping undefined and null fields; inside a list the order counts. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (!isMap(a) || !isMap(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key] ?? undefined, b[key] ?? undefined));
}

// Label selectors, a Service's selector and roleRef are x-kubernetes-map-type: atomic in every built-in type: a key that
// somebody added changes the meaning of ours.
const isAtomicMap = (field: string): boolean => /(^s|S)elector$/.test(field) || field === 'roleRef';

// Two lists of metadata are merged by the API server, so foreign entries are no difference.
function coversMerged(live: unknown, desired: unknown[], field: string): boolean {
  const there = Array.isArray(live) ? live : [];
  if (field === 'finalizers') return desired.every((x) => there.includes(x));
  return desired.every((x) => there.some((y) => isMap(x) && isMap(y) && x.uid === y.uid && covers(y, x)));
}

function coversField(live: unknown, desired: unknown, field: string, parent: string): boolean {
  if (isAtomicMap(field) && isMap(desired)) return same(live ?? {}, desired);
  const merged = parent === 'metadata' && (field === 'finalizers' || field === 'ownerReferences');
  return merged && Array.isArray(desired) ? coversMerged(live, desired, field) : coversAt(live, desired, field);
}

function coversAt(live: unknown, desired: unknown, at: string): boolean {
  if (desired === undefined) return true;
  if (desired === null || (Array.isArray(desired) && desired.length === 0)) return isEmpty(live);
  if (!isMap(desired)) return same(live, desired);
  if (!isMap(live)) return isEmpty(live) && isEmpty(desired);
  return Object.entries(desired).every(([field, value]) => coversField(live[field], value, field, at));
}

/**
 * Whether every field that `desired` names is in `live` already, so that applying it would change nothing.
 *
 * Maps are subsets, except selectors and roleRef, which the API server treats as one value. Lists are equal in order,
 * element by element, except metadata.ownerReferences (by uid) and metadata.finalizers (a set), which it merges. `null`
 * and `[]` name a field that must be empty; undefined names nothing.
 */
export const covers = (live: unknown, desired: unknown): boolean => coversAt(live, desired, '');

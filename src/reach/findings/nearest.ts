import leven from 'leven';

const MOST_LETTERS = 2;

/** Two letters, and of short words fewer: `a` is not a misspelled `b`. */
const tolerated = (text: string): number => Math.min(MOST_LETTERS, Math.floor(text.length / 3));

const SEPARATORS = /[-._/]/;

/** Of names of a series, such as `web-1` and `web-2`, each is meant. */
const withoutDigits = (text: string): string => text.replaceAll(/\d+/g, '#');

/** Of two letters in the wrong order, each counts as one that differs. */
const isSwapped = (a: string, b: string): boolean => {
  const at = [...a].findIndex((letter, n) => letter !== b[n]);
  return a.length === b.length && `${b.slice(0, at)}${b[at + 1]}${b[at]}${b.slice(at + 2)}` === a;
};

const lettersBetween = (a: string, b: string): number => (isSwapped(a, b) ? 1 : leven(a, b));

/** Whether more letters differ than a misspelling has, wherever they are: most names do, and this is fast. */
const isFar = (a: string, b: string): boolean => {
  if (Math.abs(a.length - b.length) > MOST_LETTERS) return true;
  let left = b;
  let missing = 0;
  for (const letter of a) {
    const at = left.indexOf(letter);
    if (at < 0) missing += 1;
    else left = left.slice(0, at) + left.slice(at + 1);
    if (missing > MOST_LETTERS) return true;
  }
  return false;
};

/** How many letters differ; undefined: too many for a misspelling. A word counts by itself: `team-a` is not `team-b`. */
const distance = (text: string, candidate: string): number | undefined => {
  if (text.toLowerCase() === candidate.toLowerCase()) return 1;
  if (isFar(text, candidate)) return undefined;
  if (withoutDigits(text) === withoutDigits(candidate)) return undefined;
  const [words, others] = [text.split(SEPARATORS), candidate.split(SEPARATORS)];
  // `nginx-ingress` for `ingress-nginx`.
  if (words.toSorted().join() === others.toSorted().join()) return 1;
  const isAligned = words.length === others.length;
  const pairs = isAligned ? words.map((word, n) => [word, others[n]!] as const) : [[text, candidate] as const];
  const each = pairs.map(([a, b]) => ({ letters: lettersBetween(a, b), most: tolerated(a) }));
  const letters = each.reduce((sum, one) => sum + one.letters, 0);
  return each.every((one) => one.letters <= one.most) && letters <= tolerated(text) ? letters : undefined;
};

/** The candidate that `text` is probably a misspelling of. */
export const nearest = (text: string, candidates: Iterable<string>): string | undefined => {
  const others = [...new Set(candidates)].filter((candidate) => candidate !== text).sort();
  const near = others.flatMap((candidate) => {
    const letters = distance(text, candidate);
    return letters === undefined ? [] : [{ candidate, letters }];
  });
  return near.toSorted((a, b) => a.letters - b.letters)[0]?.candidate;
};

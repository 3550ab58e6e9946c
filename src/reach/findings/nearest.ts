import { closestMatch } from 'leven';

/** Two letters, and of short words fewer: `a` is not a misspelled `b`. */
const tolerated = (text: string): number => Math.min(2, Math.floor(text.length / 3));

/** The candidate that `text` is probably a misspelling of. */
export const nearest = (text: string, candidates: Iterable<string>): string | undefined => {
  const others = [...new Set(candidates)].filter((candidate) => candidate !== text).sort();
  return closestMatch(text, others, { maxDistance: tolerated(text) });
};

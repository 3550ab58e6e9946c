import { plural } from './plural.ts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** In the largest unit that divides it. */
const inUnits = (ms: number): [count: number, unit: string] => {
  const [unit, size] = UNITS.find(([, size]) => ms % size === 0) ?? ['millisecond', 1];
  return [ms / size, unit];
};

/** `7 days`, `5 minutes`, `1 second` */
export const durationInWords = (ms: number): string => plural(...inUnits(ms));

/** After `per`: `minute`, `5 minutes` */
export const perDuration = (ms: number): string => {
  const [count, unit] = inUnits(ms);
  return count === 1 ? unit : plural(count, unit);
};

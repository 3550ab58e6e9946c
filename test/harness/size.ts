import { test } from 'uvu';

/** In `npm run test:faults`. */
export const isLong = process.env.PALISADE_FAULTS === 'long';

/** How much of something there is: usually, and in `npm run test:faults`. */
export const sized = (usual: number, long: number): number => (isLong ? long : usual);

/** A test that only `npm run test:faults` runs. */
export const longTest = (name: string, run: () => Promise<void>): void => {
  if (isLong) test(name, run);
};

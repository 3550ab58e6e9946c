import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';

const LATE_MS = 900_000;
/** A scrape is work for who is measured. */
const PAUSE_MS = 250;

export const allReady = (operator: OperatorProcess, n: number): Promise<boolean> =>
  until(
    `${n} policies are ready`,
    async () => {
      await sleep(PAUSE_MS);
      return (await operator.metric('palisade_policies', /state="Ready"/)) === n;
    },
    LATE_MS,
  );

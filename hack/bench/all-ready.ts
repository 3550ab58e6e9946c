import type { OperatorProcess } from '../operator-process.ts';
import { until } from '../until.ts';

const LATE_MS = 900_000;

export const allReady = (operator: OperatorProcess, n: number): Promise<boolean> =>
  until(
    `${n} policies are ready`,
    async () => (await operator.metric('palisade_policies', /state="Ready"/)) === n,
    LATE_MS,
  );

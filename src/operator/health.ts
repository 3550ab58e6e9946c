import type { Check } from '../telemetry/server.ts';
import type { PalisadeOperator } from './operator.ts';

/** Probes for kubelet: ready when all caches are filled, alive unless only a restart helps. */
export const healthChecks = (
  operator: Pick<PalisadeOperator, 'stuck' | 'waitingFor'>,
): Readonly<Record<string, Check>> => ({
  '/healthz': () => operator.stuck(),
  '/readyz': () => operator.waitingFor(),
});

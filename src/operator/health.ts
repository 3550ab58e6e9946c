import type { Check } from '../telemetry/server.ts';
import type { PalisadeOperator } from './operator.ts';

/** For kubelet: ready with all caches filled, and alive unless only a new process can help. */
export const healthChecks = (
  operator: Pick<PalisadeOperator, 'stuck' | 'waitingFor'>,
): Readonly<Record<string, Check>> => ({
  '/healthz': () => operator.stuck(),
  '/readyz': () => operator.waitingFor(),
});

import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const NAMESPACE = 'shop';
const POLICY = 'shop';

export async function deletion(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A deleted policy leaves nothing behind');
  const made = (await stage.list(KINDS.NetworkPolicy, NAMESPACE)).length;
  const started = performance.now();
  await stage.admin.delete(CONTAINER_SECURITY_POLICY, POLICY, { namespace: NAMESPACE });
  await until('the policy is gone', () => stage.isGone(CONTAINER_SECURITY_POLICY, POLICY, NAMESPACE));
  const ms = Math.round(performance.now() - started);
  screen.command(
    `kubectl delete csp -n ${NAMESPACE} ${POLICY}`,
    `containersecuritypolicy.security.palisade.dev "${POLICY}" deleted`,
  );
  const left = await stage.list(KINDS.NetworkPolicy, NAMESPACE);
  screen.command(
    `kubectl get netpol -n ${NAMESPACE}`,
    await stage.kubectl.get(KINDS.NetworkPolicy, { namespace: NAMESPACE }),
  );
  screen.check(`${made} NetworkPolicies were deleted within ${ms} ms`, made > 0 && left.length === 0);
  screen.command(...(await stage.showLabels(NAMESPACE)));
  const labels = await stage.podSecurity(NAMESPACE);
  screen.check('the namespace has no Pod Security labels, as before the policy', Object.keys(labels).length === 0);
}

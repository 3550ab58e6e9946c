import { stringify } from 'yaml';
import { KINDS } from '../../kinds.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const NAMESPACE = 'legacy';

export async function audit(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('Mode Audit shows the effect of a policy without enforcing it');
  const { status } = await stage.policy(NAMESPACE, 'legacy');
  const { create = [], isolatedPods, violatingPods, violations } = status?.preview ?? {};
  screen.command(
    `kubectl get csp -n ${NAMESPACE} legacy -o yaml | yq 'del(.status.preview.change) | .status.preview'`,
    stringify({ create, isolatedPods, violatingPods, violations }, { lineWidth: 100 }),
  );
  const isComplete = create.length === 1 && isolatedPods === 2 && violatingPods === 1;
  screen.check(
    'status.preview has the objects to create, the pods to isolate and the pods that violate the level',
    isComplete,
  );
  const made = await stage.list(KINDS.NetworkPolicy, NAMESPACE);
  const labels = await stage.podSecurity(NAMESPACE);
  screen.check('nothing was created, and no label was set', made.length === 0 && Object.keys(labels).length === 0);
}

import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { KINDS } from '../../kinds.ts';
import { SANDBOX, sandboxPolicy } from '../sandbox.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const BROKEN = `network:
  allow:
    ingress:
      - from: [{}]
    egress:
      - to: [{cidr: 10.20.30.40/16}]`;

const GREEDY = `network:
  podSelector: {matchLabels: {app.kubernetes.io/name: tool}}
access:
  roles:
    - name: secrets
      rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
      subjects: [{kind: User, name: eve}]`;

export async function broken(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('The API server refuses a mistake when the policy is applied');
  screen.command('yq .spec broken.yaml', BROKEN);
  const refused = await stage.apply(sandboxPolicy('broken', BROKEN));
  screen.prose('kubectl apply --server-side -f broken.yaml', refused);
  screen.check(
    'an empty peer would match every pod and address: the message says what to write',
    refused.includes('a peer needs cidr'),
  );
  screen.check(
    'the message about the address does so too',
    refused.includes('write the network address, as in 10.20.0.0/16'),
  );
}

export async function escalation(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A policy cannot grant rights that the operator does not hold');
  screen.command('yq .spec greedy.yaml', GREEDY);
  screen.command('kubectl apply --server-side -f greedy.yaml', await stage.apply(sandboxPolicy('greedy', GREEDY)));
  const message = await stage.condition(SANDBOX, 'greedy', 'AccessReady', 'False', 'EscalationRefused');
  const table = await stage.kubectl.get(CONTAINER_SECURITY_POLICY, { namespace: SANDBOX, name: 'greedy' });
  screen.command(`kubectl get csp -n ${SANDBOX} greedy`, table);
  screen.prose(
    `kubectl get csp -n ${SANDBOX} greedy -o jsonpath='{.status.conditions[?(@.type=="AccessReady")].message}'`,
    message,
  );
  screen.check(
    'the policy is Stalled, and the message names the right',
    message.includes('Resources:["secrets"], Verbs:["get"]'),
  );
  const roles = await stage.list(KINDS.Role, SANDBOX);
  const networkPolicies = (await stage.list(KINDS.NetworkPolicy, SANDBOX)).map((p) => p.metadata.name);
  const isolated = networkPolicies.some((name) => name.startsWith('greedy-base-'));
  screen.check('no Role was created; the rest of the policy is in force', roles.length === 0 && isolated);
}

import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import { toManifest } from '../pods.ts';
import { refusal } from '../refusal.ts';
import type { Screen } from '../screen.ts';
import { printedName, type Stage } from '../stage.ts';

const NAMESPACE = 'team-checkout';
const POLICY = 'team';
const VIOLATORS = ['cart-0', 'cart-1'];

export async function waiting(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A level waits for pods that violate it, instead of breaking them');
  const message = await stage.condition(NAMESPACE, POLICY, 'PodSecurityReady', 'False', 'ViolatingPods');
  screen.prose(
    `kubectl get csp -n ${NAMESPACE} ${POLICY} \\\n    -o jsonpath='{.status.conditions[?(@.type=="PodSecurityReady")].message}'`,
    message,
  );
  screen.check(
    'the condition names the pods and has the message of the API server',
    message.includes('cart-0 (and 1 other pod): allowPriv'),
  );
  screen.command(...(await stage.showLabels(NAMESPACE)));
  const before = await stage.podSecurity(NAMESPACE);
  screen.check(
    'the namespace audits and warns, and does not enforce yet',
    before.enforce === undefined && before.warn === 'restricted',
  );
  await fix(stage, screen);
  await tryAgain(stage, screen);
}

async function fix(stage: Stage, screen: Screen): Promise<void> {
  screen.command(
    `kubectl delete pod -n ${NAMESPACE} ${VIOLATORS.join(' ')}`,
    VIOLATORS.map((name) => `pod "${name}" deleted`).join('\n'),
  );
  for (const name of VIOLATORS) await stage.admin.delete(KINDS.Pod, name, { namespace: NAMESPACE });
  for (const name of VIOLATORS) await until(`pod ${name} is gone`, () => stage.isGone(KINDS.Pod, name, NAMESPACE));
  const gone = performance.now();
  await stage.condition(NAMESPACE, POLICY, 'Ready', 'True', 'InForce');
  const ms = Math.round(performance.now() - gone);
  screen.command(
    `kubectl wait -n ${NAMESPACE} --for=condition=Ready csp/${POLICY}`,
    `${printedName(POLICY)} condition met`,
  );
  const { enforce } = await stage.podSecurity(NAMESPACE);
  screen.check(`${ms} ms after the pods were deleted, the level is enforced`, enforce === 'restricted');
}

async function tryAgain(stage: Stage, screen: Screen): Promise<void> {
  const pod = toManifest({ namespace: NAMESPACE, name: 'cart-2', app: 'cart', rights: 'plain' });
  const refused = await refusal(stage.admin.create(KINDS.Pod, pod, { namespace: NAMESPACE }));
  screen.prose(
    `kubectl run -n ${NAMESPACE} cart-2 --image=registry.k8s.io/pause:3.10`,
    refused ?? 'pod/cart-2 created',
  );
  screen.check(
    'a new pod that violates the level is refused',
    refused?.includes('violates PodSecurity "restricted:latest"') === true,
  );
}

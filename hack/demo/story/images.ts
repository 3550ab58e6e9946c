import { KINDS } from '../../kinds.ts';
import { toManifest } from '../pods.ts';
import { refusal } from '../refusal.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const NAMESPACE = 'checkout';
const OURS = `registry.example.com/checkout/api@sha256:${'0a'.repeat(32)}`;
const FOREIGN = 'docker.io/someone/miner:latest';

export async function images(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('The API server admits only trusted images');
  const refused = await run(stage, 'miner', FOREIGN);
  screen.prose(`kubectl run -n ${NAMESPACE} miner --image ${FOREIGN}`, refused ?? 'pod/miner created');
  screen.check(
    'the refusal names the image, the policy and the allowed repositories',
    refused?.includes(`image ${FOREIGN} is refused by ContainerSecurityPolicy images, which allows`) === true,
  );
  const tagged = await run(stage, 'api', 'registry.example.com/checkout/api:2.0.0');
  screen.check(
    "the team's own image is refused too if it is named by its tag",
    tagged?.includes('each by its digest') === true,
  );
  const ours = await run(stage, 'api', OURS);
  screen.command(`kubectl run -n ${NAMESPACE} api --image ${OURS}`, ours ?? 'pod/api created');
  screen.check('the same repository by digest is admitted', ours === undefined);
}

const run = (stage: Stage, name: string, image: string): Promise<string | undefined> => {
  const { spec, ...rest } = toManifest({ namespace: NAMESPACE, name, app: name, rights: 'restricted' });
  const [container] = (spec as { containers: object[] }).containers;
  const pod = { ...rest, spec: { ...(spec as object), containers: [{ ...container, image }] } };
  return refusal(stage.admin.create(KINDS.Pod, pod, { namespace: NAMESPACE }));
};

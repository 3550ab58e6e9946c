import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { accountConfig } from '../../install.ts';
import { createPerson } from '../../person.ts';
import { until } from '../../until.ts';
import { refusal } from '../refusal.ts';
import { SANDBOX, sandboxPolicy } from '../sandbox.ts';
import type { Screen } from '../screen.ts';
import { applyAs, type Stage } from '../stage.ts';

const NAME = 'dana';
const USER = `system:serviceaccount:${SANDBOX}:${NAME}`;

const GRAB = `access:
  bindings:
    - profile: admin
      subjects: [{kind: ServiceAccount, name: ${NAME}}]`;

const ISOLATE = 'network: {podSelector: {matchLabels: {app.kubernetes.io/name: worker}}}';

export async function tenant(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A user gains no right through a policy');
  screen.say(`${NAME} has ClusterRole edit in namespace ${SANDBOX}, which does not allow granting rights.`);
  const config = new PooledKubeConfig();
  try {
    const dana = await editor(stage, config);
    screen.command('yq .spec grab.yaml', GRAB);
    const refused = await applyAs(dana, sandboxPolicy('grab', GRAB));
    screen.prose(`kubectl apply --server-side --as ${USER} -f grab.yaml`, refused);
    screen.check('the API server names the missing right', refused.includes('may not create rolebindings'));
    const own = await applyAs(dana, sandboxPolicy('workers', ISOLATE));
    screen.command(`kubectl apply --server-side --as ${USER} -f workers.yaml`, own);
    screen.check('an editor has every right that isolating pods needs', own.endsWith(' serverside-applied'));
  } finally {
    await config.close();
  }
}

/** A client of a user with ClusterRole edit, as soon as it may read policies. */
async function editor(stage: Stage, config: PooledKubeConfig): Promise<KubeClient> {
  const { admin } = stage;
  await createPerson(admin, { name: NAME, home: SANDBOX, where: SANDBOX, role: 'edit' });
  await accountConfig(admin, stage.config, { namespace: SANDBOX, name: NAME }, config);
  const dana = new KubeClient(config, { userAgent: 'palisade-demo' });
  // Aggregation adds the rights to edit a moment after the installation.
  await until(`${NAME} may read policies`, async () => {
    const list = dana.list(CONTAINER_SECURITY_POLICY, { namespace: SANDBOX });
    return (await refusal(list)) === undefined;
  });
  return dana;
}

import { parse } from 'yaml';
import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../../src/api/group.ts';
import { KubeClient } from '../../../src/kube/client.ts';
import { PooledKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { accountConfig } from '../../install.ts';
import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import { refusal } from '../refusal.ts';
import type { Screen } from '../screen.ts';
import { printedName, type Stage } from '../stage.ts';

const NAMESPACE = 'sandbox';
const NAME = 'dana';
const USER = `system:serviceaccount:${NAMESPACE}:${NAME}`;

const GRAB = `access:
  bindings:
    - profile: admin
      subjects: [{kind: ServiceAccount, name: ${NAME}}]`;

const ISOLATE = 'network: {podSelector: {matchLabels: {app.kubernetes.io/name: worker}}}';

export async function tenant(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('Who may not do a thing cannot have it done by a policy');
  screen.say(`${NAME} has the ClusterRole edit in namespace ${NAMESPACE}: it gives no rights to anybody.`);
  const config = new PooledKubeConfig();
  try {
    const dana = await editor(stage, config);
    screen.command('yq .spec grab.yaml', GRAB);
    const refused = await apply(dana, 'grab', GRAB);
    screen.prose(
      `kubectl apply --server-side --as ${USER} -f grab.yaml`,
      refused ?? `${printedName('grab')} serverside-applied`,
    );
    screen.check(
      'the API server says which right is lacking',
      refused?.includes('may not create rolebindings') === true,
    );
    const own = await apply(dana, 'workers', ISOLATE);
    screen.command(
      `kubectl apply --server-side --as ${USER} -f workers.yaml`,
      own ?? `${printedName('workers')} serverside-applied`,
    );
    screen.check('isolating pods needs no right that an editor has not', own === undefined);
  } finally {
    await config.close();
  }
}

/** A client as somebody with the ClusterRole edit, once it may write policies. */
async function editor(stage: Stage, config: PooledKubeConfig): Promise<KubeClient> {
  const { admin } = stage;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME } };
  await admin.create(KINDS.ServiceAccount, account, { namespace: NAMESPACE });
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  };
  await admin.create(KINDS.RoleBinding, binding, { namespace: NAMESPACE });
  await accountConfig(admin, stage.config, { namespace: NAMESPACE, name: NAME }, config);
  const dana = new KubeClient(config, { userAgent: 'palisade-demo' });
  // Rights reach edit by aggregation, a moment after they were installed.
  await until(`${NAME} may read policies`, async () => {
    const list = dana.list(CONTAINER_SECURITY_POLICY, { namespace: NAMESPACE });
    return (await refusal(list)) === undefined;
  });
  return dana;
}

const apply = (who: KubeClient, name: string, spec: string): Promise<string | undefined> =>
  refusal(
    who.apply(
      CONTAINER_SECURITY_POLICY,
      {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: CONTAINER_SECURITY_POLICY.kind,
        metadata: { name, namespace: NAMESPACE },
        spec: parse(spec),
      },
      { fieldManager: 'kubectl', force: true },
    ),
  );

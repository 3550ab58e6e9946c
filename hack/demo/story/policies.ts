import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { KubeClient } from '../../../src/kube/rest/client.ts';
import { OPERATOR_ACCOUNT } from '../../install.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const ACCESS_REVIEW = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
};

const OPERATOR = `system:serviceaccount:${OPERATOR_ACCOUNT.namespace}:${OPERATOR_ACCOUNT.name}`;

/** The namespace of the chapter about waiting. */
const WAITING = 'team-checkout';

export async function policies(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('Policies come into force');
  screen.say('The operator runs as its own ServiceAccount, with the rights that config/rbac grants and no others.');
  const secrets = await mayOperator(stage.admin, 'list', 'secrets');
  screen.command(`kubectl auth can-i list secrets -A --as ${OPERATOR}`, secrets ? 'yes' : 'no');
  screen.check('the operator cannot read Secrets', !secrets);

  const started = performance.now();
  const applied = await Promise.all(stage.samples.map(({ policy }) => stage.apply(policy)));
  screen.command('kubectl apply --server-side -f samples/', applied.join('\n'));
  const accepted = applied.every((line) => line.endsWith(' serverside-applied'));
  screen.check(`the API server accepts all ${stage.samples.length} samples`, accepted);

  await decided(stage);
  const ms = Math.round(performance.now() - started);
  screen.command('kubectl get csp -A', await stage.kubectl.get(CONTAINER_SECURITY_POLICY, { namespaces: true }));
  screen.check(
    `${ms} ms later all are in force except one: pods of ${WAITING} violate its level, as shown below`,
    true,
  );
}

async function mayOperator(admin: KubeClient, verb: string, resource: string): Promise<boolean> {
  const spec = { user: OPERATOR, resourceAttributes: { verb, resource } };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: ACCESS_REVIEW.kind, spec };
  return (await admin.create<{ status: { allowed: boolean } }>(ACCESS_REVIEW, body)).status.allowed;
}

/** Waits until each policy has the condition that the story shows. @throws when one does not */
async function decided(stage: Stage): Promise<void> {
  await Promise.all(
    stage.samples.map(({ policy: { metadata, spec } }) => {
      const { namespace, name } = metadata;
      if (namespace === WAITING) return stage.condition(namespace, name, 'Ready', 'False', 'ViolatingPods');
      return stage.condition(namespace, name, 'Ready', 'True', spec.mode === 'Audit' ? 'Audit' : 'InForce');
    }),
  );
}

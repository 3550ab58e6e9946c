// needs: cluster
// Admission of the cluster that changes the labels of a namespace: what the operator wrote is not what is stored.
import { test } from 'uvu';
import { TRUSTED_IMAGES_LABEL } from '../../../src/api/keys.ts';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const namespaces = await palisade.namespaces(['unpinned', 'forced', 'lowered', 'stripped']);
await palisade.operator(...Object.values(namespaces));
test.after(() => palisade.close());

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** Makes the API server change the labels of the namespace at each update. The returned function ends that. */
const changeLabels = async (ns: string, mutation: object, isChanged: (labels: Record<string, string>) => boolean) => {
  const { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } = KINDS;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: ns };
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['namespaces'] };
  await palisade.admin.create(MutatingAdmissionPolicy, {
    ...{ apiVersion, kind: 'MutatingAdmissionPolicy', metadata },
    spec: {
      reinvocationPolicy: 'Never',
      matchConstraints: { resourceRules: [{ ...rule, resourceNames: [ns] }] },
      mutations: [mutation],
    },
  });
  await palisade.admin.create(MutatingAdmissionPolicyBinding, {
    ...{ apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata },
    spec: { policyName: ns },
  });
  await until('the API server changes the labels', async () => {
    const patch = { metadata: { labels: { [TRUSTED_IMAGES_LABEL]: 'true' } } };
    const { object } = await palisade.admin.patch(KINDS.Namespace, ns, patch, { type: 'merge', dryRun: true });
    return isChanged((object as { metadata: { labels: Record<string, string> } }).metadata.labels);
  });
  return async () => {
    await palisade.admin.delete(MutatingAdmissionPolicyBinding, ns);
    await palisade.admin.delete(MutatingAdmissionPolicy, ns);
  };
};

const set = (key: string, value: string): object => ({
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression: `Object{metadata: Object.metadata{labels: {"${key}": "${value}"}}}` },
});
const remove = (key: string): object => ({
  patchType: 'JSONPatch',
  jsonPatch: {
    expression: `"${key}" in object.metadata.labels ? [JSONPatch{op: "remove", path: "/metadata/labels/" + jsonpatch.escapeKey("${key}")}] : []`,
  },
});

const RESTRICTED: PolicySpec = { podSecurity: { level: 'restricted', onViolation: 'Enforce' } };
const rows: [ns: string, key: string, value: string | undefined, spec: PolicySpec, type: string, reason: string][] = [
  [namespaces.unpinned, `${ENFORCE}-version`, 'latest', RESTRICTED, 'PodSecurityReady', 'NotVerified'],
  [namespaces.forced, ENFORCE, 'restricted', RESTRICTED, 'PodSecurityReady', 'NotVerified'],
  [namespaces.lowered, ENFORCE, 'baseline', RESTRICTED, 'PodSecurityReady', 'NotVerified'],
  [
    namespaces.stripped,
    TRUSTED_IMAGES_LABEL,
    undefined,
    { images: { requireDigest: true } },
    'ImagesReady',
    'ChangedByAdmission',
  ],
];

for (const [ns, key, value, spec, type, reason] of rows) {
  test(`admission that ${value === undefined ? 'removes' : 'sets'} label ${key}: ${type} is ${reason}`, async () => {
    const end = await changeLabels(
      ns,
      value === undefined ? remove(key) : set(key, value),
      (labels) => labels[key] === value,
    );
    try {
      await palisade.apply(ns, 'rules', spec);
      await palisade.condition(ns, 'rules', type, 'False', reason);
    } finally {
      await end();
    }
  });
}

test.run();

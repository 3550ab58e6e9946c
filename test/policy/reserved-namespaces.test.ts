import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifests } from '../../hack/manifests.ts';
import { OPERATOR_SETTINGS } from '../../src/cli/settings/operator-settings.ts';
import { defaultReservedNamespaces } from '../../src/operator/settings.ts';
import { isReserved, namespaceReserved } from '../../src/policy/reserved-namespaces.ts';

const cases: [namespace: string, reserved: string[], is: boolean][] = [
  ['kube-system', ['kube-*', 'palisade-system'], true],
  ['kube-public', ['kube-*', 'palisade-system'], true],
  ['palisade-system', ['kube-*', 'palisade-system'], true],
  ['palisade-system-2', ['kube-*', 'palisade-system'], false],
  ['my-palisade-system', ['kube-*', 'palisade-system'], false],
  ['kubernetes', ['kube-*'], false],
  ['kube', ['kube-*'], false],
  ['my-kube-system', ['kube-*'], false],
  ['kube-public', ['kube-system'], false],
  ['a', ['b', 'a'], true],
  ['a', [], false],
];

for (const [namespace, reserved, is] of cases) {
  test(`${namespace} is ${is ? '' : 'not '}reserved by ${reserved.join(',') || 'nothing'}`, () => {
    assert.is(isReserved(namespace, reserved), is);
  });
}

test('the message names the namespace, the cause and the cure', () => {
  assert.equal(namespaceReserved('kube-public'), {
    section: 'Policy',
    state: 'Stalled',
    reason: 'NamespaceReserved',
    message:
      'namespace kube-public is reserved: no policy takes effect in it, and nothing in it is created, changed or repaired. ' +
      'Delete this policy; or have a cluster administrator remove the namespace from --reserved-namespaces and from ' +
      'ValidatingAdmissionPolicy palisade-reserved-namespaces',
  });
});

/** The list of the admission policy; its expression may contain only strings. */
const admissionList = async (): Promise<string[]> => {
  const policy = (await readManifests('config/admission')).find(
    ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicy' && metadata.name === 'palisade-reserved-namespaces',
  );
  const [first] = (policy as unknown as { spec: { variables: { name: string; expression: string }[] } }).spec.variables;
  assert.is(first?.name, 'reserved', 'docs/SECURITY.md patches the first variable');
  return JSON.parse((first?.expression ?? '').replaceAll("'", '"'));
};

test('the flag and the admission policy reserve the same namespaces by default', async () => {
  assert.equal(await admissionList(), ['kube-*', 'palisade-system']);
  assert.equal(defaultReservedNamespaces(), ['kube-*', 'palisade-system']);
});

test('the flag accepts the list of the admission policy', async () => {
  const list = await admissionList();
  assert.equal(OPERATOR_SETTINGS.reservedNamespaces.parse(list.join(',')), list);
});

test.run();

// needs: cluster
// The label of a namespace is decided once for all its policies, and reported once.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { FINALIZER, TRUSTED_IMAGES_LABEL } from '../../../src/api/keys.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
test.after(() => palisade.close());

type Told = KubeObject & { reason: string; note: string; regarding: { name: string }; series?: { count: number } };

/** As `policy: note`; an Event with a count is repeated that often. */
const labeled = async (namespace: string): Promise<string[]> => {
  const events = await palisade.list<Told>(KINDS.Event, namespace);
  return events
    .filter(({ reason }) => reason === 'Labeled')
    .flatMap(({ regarding, note, series }) => Array<string>(series?.count ?? 1).fill(`${regarding.name}: ${note}`));
};

test('of several policies with image rules that are seen at the same time, one labels the namespace and emits the Event', async () => {
  const { crowd, beside } = await palisade.namespaces(['crowd', 'beside']);
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) {
    // The finalizer is already set, so that four workers decide about the label at once.
    const { group, version, kind } = CONTAINER_SECURITY_POLICY;
    const metadata = { name, namespace: crowd, finalizers: [FINALIZER] };
    const spec = { images: { allowed: [`registry.example.com/${name}/*`] } };
    await palisade.admin.create(
      CONTAINER_SECURITY_POLICY,
      { apiVersion: `${group}/${version}`, kind, metadata, spec },
      { namespace: crowd },
    );
  }
  await palisade.apply(beside, 'rules', { images: { requireDigest: true } });
  await palisade.apply(beside, 'none', { access: {} });
  const operator = await palisade.operator(crowd, beside);
  for (const name of names) await palisade.ready(crowd, name);
  for (const name of ['rules', 'none']) await palisade.ready(beside, name);
  await operator.stop();

  const { metadata } = await palisade.admin.get<KubeObject>(KINDS.Namespace, crowd);
  assert.is(metadata.labels?.[TRUSTED_IMAGES_LABEL], 'true');
  const told = await labeled(crowd);
  assert.is(told.length, 1, told.join('\n'));
  assert.match(told[0] ?? '', /^[abcd]: security\.palisade\.dev\/trusted-images: \(none\) → true$/);
  assert.equal(await labeled(beside), ['rules: security.palisade.dev/trusted-images: (none) → true']);
});

test.run();

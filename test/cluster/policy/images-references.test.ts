import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TRUSTED_IMAGES_LABEL } from '../../../src/api/keys.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import { recordKey, toRecord } from '../../../src/policy/sections/images/record.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { REFERENCE_CASES, type ReferenceCase, titleOf } from '../../policy/sections/images/reference-cases.ts';

/**
 * The other half of test/policy/sections/images/allowed.test.ts: no operator runs, the API server decides alone. It reads
 * every other set of rules from the record of the namespace, as it does while onViolation is Wait.
 */
const palisade = await Palisade.open();
test.after(() => palisade.close());

const rulesOf = ({ allowed, requireDigest, requireRegistry }: ReferenceCase) => ({
  ...(allowed && { allowed: [...allowed] }),
  ...(requireDigest && { requireDigest }),
  ...(requireRegistry && { requireRegistry }),
});

/** The API server's error for a pod with the image; undefined when it would create the pod. */
const refusal = async (namespace: string, image: string): Promise<string | undefined> => {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', namespace },
    spec: { containers: [{ name: 'main', image }] },
  };
  try {
    await palisade.admin.create(KINDS.Pod, body, { namespace, dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.status.message}`;
    throw error;
  }
};

const byRules = Map.groupBy(REFERENCE_CASES, (row) => JSON.stringify(rulesOf(row)));

/** A namespace for each set of rules, in which they are in effect. */
const prepare = async ([first]: readonly ReferenceCase[], isRecorded: boolean): Promise<string> => {
  const namespace = await palisade.namespace('refs', { [TRUSTED_IMAGES_LABEL]: 'true' });
  const images = rulesOf(first!);
  const policy = await palisade.apply(namespace, 'rules', {
    images: { ...images, onViolation: isRecorded ? 'Wait' : 'Enforce' },
  });
  if (isRecorded) {
    const annotations = { [recordKey(policy)]: toRecord(images) };
    await palisade.admin.patch(KINDS.Namespace, namespace, { metadata: { annotations } }, { type: 'merge' });
  }
  await until('the rules are in effect', async () =>
    (await refusal(namespace, 'NEVER/ allowed'))?.includes('ContainerSecurityPolicy rules'),
  );
  return namespace;
};

const namespaces = new Map(
  await Promise.all([...byRules].map(async ([rules, rows], i) => [rules, await prepare(rows, i % 2 === 1)] as const)),
);

for (const row of REFERENCE_CASES) {
  test(`the API server agrees: ${titleOf(row)}`, async () => {
    const said = await refusal(namespaces.get(JSON.stringify(rulesOf(row)))!, row.image);
    if (row.admitted) return assert.is(said, undefined);
    const image = `${row.image.replaceAll('\n', ' ').slice(0, 1024)}${row.image.length > 1024 ? '…' : ''}`;
    assert.match(
      said ?? 'accepted',
      `403 pods "pod" is forbidden: ValidatingAdmissionPolicy 'palisade-trusted-images'`,
    );
    assert.match(said ?? '', `image ${image} is refused by ContainerSecurityPolicy rules, which allows `);
    assert.not.match(said ?? '', '\n');
  });
}

test.run();

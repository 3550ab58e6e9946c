import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeClient } from '../../../../src/kube/rest/client.ts';
import { ApiError } from '../../../../src/kube/rest/errors.ts';
import { createCaches } from '../../../../src/policy/caches.ts';
import type { CachedNamespace } from '../../../../src/policy/namespace.ts';
import { createVerifier } from '../../../../src/policy/sections/podsecurity/verification.ts';
import { FakeClock } from '../../../kube/fake-clock.ts';
import { labelsOf } from './world.ts';

const KEY = 'pod-security.kubernetes.io/enforce';
const EXEMPT =
  'namespace "team-a" is exempt from Pod Security, and the policy (enforce=restricted:v1.0) will be ignored';
const POLICY = "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no";

interface Server {
  /** Whether the admission plugin PodSecurity is on. */
  readonly on?: boolean;
  /** Warnings of every update of the namespace. */
  readonly always?: readonly string[];
  /** Warnings of an update that changes the level or version. */
  readonly changed?: readonly string[];
  readonly refuses?: ApiError;
  /** Labels that admission changes. */
  readonly sets?: Readonly<Record<string, string>>;
}

const refused = (code: number, message: string, causes: object[] = []): ApiError =>
  new ApiError(
    { code, reason: code === 403 ? 'Forbidden' : 'Invalid', message, details: { causes } } as never,
    'PATCH /api/v1/namespaces/team-a',
  );

const clientOf = (
  { on = true, always = [], changed = [], refuses, sets = {} }: Server,
  asked: object[] = [],
): KubeClient =>
  ({
    patch: async (_: unknown, __: string, { metadata }: { metadata: { labels: Record<string, string> } }) => {
      asked.push(metadata.labels);
      const labels = { ...metadata.labels, ...sets };
      if (on && labels[KEY] === 'palisade-check')
        throw refused(422, `metadata.labels[${KEY}]: Invalid value: must be one of privileged, baseline, restricted`);
      if (refuses !== undefined) throw refuses;
      return {
        object: { metadata: { labels } },
        warnings: [...always, ...(Object.keys(metadata.labels).length > 0 ? changed : [])],
      };
    },
  }) as unknown as KubeClient;

const namespaceWith = (labels: Parameters<typeof labelsOf>[0], uid = 'u'): CachedNamespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'team-a', uid, resourceVersion: '1' },
  labels: labelsOf(labels),
  records: new Map(),
});
const restricted = namespaceWith({ enforce: ['restricted'], 'enforce-version': ['latest'] });

const denied = refused(403, 'no pinned versions', [{ message: "ValidatingAdmissionPolicy 'p' denied request" }]);
const rows: [what: string, server: Server, reason: string | undefined, message: string][] = [
  ['nothing to say', {}, undefined, ''],
  [
    'existing pods violate the older version',
    {
      changed: [
        'existing pods in namespace "team-a" violate the new PodSecurity enforce level "restricted:v1.0"',
        'web: hostPort',
      ],
    },
    undefined,
    '',
  ],
  [
    'some pods were checked',
    { changed: ['new PodSecurity enforce level only checked against the first 3000 of 3198 existing pods'] },
    undefined,
    '',
  ],
  ['an exempt namespace', { changed: [EXEMPT] }, 'Exempt', 'it exempts the namespace from Pod Security. Remove'],
  [
    'an exempt namespace, and other warnings',
    { always: ['a webhook'], changed: [POLICY, EXEMPT] },
    'Exempt',
    'it exempts the namespace from Pod Security. Remove',
  ],
  ['an unknown warning', { changed: ['namespace is not protected'] }, 'NotVerified', 'namespace is not protected'],
  ['a warning of every update', { always: ['a webhook speaks'] }, undefined, ''],
  ['an admission policy warns', { changed: [POLICY] }, undefined, ''],
  ['the plugin is off', { on: false }, 'PodSecurityDisabled', 'admission plugin PodSecurity is off'],
  ['an admission policy refuses the change', { refuses: denied }, 'NotVerified', 'no pinned versions'],
  [
    'a webhook refuses the level that does not exist, and the plugin may be off',
    { on: false, refuses: refused(403, `admission webhook "w" denied the request: ${KEY} must be restricted`) },
    'NotVerified',
    'must be restricted',
  ],
  [
    'admission sets the version, so an exempt namespace has no warning',
    { sets: { [`${KEY}-version`]: 'latest' } },
    'NotVerified',
    `label ${KEY}-version=v1.0 is stored as ${KEY}-version=latest`,
  ],
  [
    'admission sets the level, so the plugin is not off',
    { sets: { [KEY]: 'restricted' } },
    'NotVerified',
    `label ${KEY}=palisade-check is stored as ${KEY}=restricted`,
  ],
];

for (const [what, server, reason, message] of rows) {
  test(`${what}: ${reason ?? 'in force'}`, async () => {
    const problem = await createVerifier(clientOf(server), createCaches(), new FakeClock())(restricted);
    assert.is(problem?.reason, reason);
    assert.match(problem?.message ?? '', message);
  });
}

test('an error that says nothing about the namespace is thrown, and checked again', async () => {
  const asked: object[] = [];
  const verify = createVerifier(clientOf({ refuses: refused(503, 'down') }, asked), createCaches(), new FakeClock());
  for (const attempt of [1, 2]) {
    const error = await verify(restricted).then(
      () => undefined,
      (e: unknown) => e,
    );
    assert.instance(error, ApiError);
    assert.is(asked.length, 2 * attempt);
  }
});

test('asks once for each level of a namespace, and again after five minutes', async () => {
  const clock = new FakeClock();
  const caches = createCaches();
  const asked: object[] = [];
  const verify = createVerifier(clientOf({ changed: [EXEMPT] }, asked), caches, clock);
  const requests = async (namespace: CachedNamespace): Promise<number> => {
    asked.length = 0;
    assert.is(
      (await verify(namespace))?.reason,
      asked.length === 0 && namespace.labels.size === 0 ? undefined : 'Exempt',
    );
    return asked.length;
  };
  assert.is(await requests(restricted), 2);
  assert.is(await requests(restricted), 0);
  assert.is(await requests(namespaceWith({ enforce: ['baseline'] })), 2, 'another level');
  assert.is(await requests(namespaceWith({ enforce: ['baseline'], 'enforce-version': ['v1.0'] })), 2, 'a version');
  assert.equal(asked.at(-1), { [KEY]: 'baseline', [`${KEY}-version`]: 'v1.1' }, 'another version than the live one');
  assert.is(await requests(namespaceWith({ enforce: ['baseline'], 'enforce-version': ['v1.0'] }, 'v')), 2, 'recreated');
  await clock.advance(299_999);
  assert.is(await requests(namespaceWith({ enforce: ['baseline'], 'enforce-version': ['v1.0'] }, 'v')), 0);
  await clock.advance(1);
  assert.is(await requests(namespaceWith({ enforce: ['baseline'], 'enforce-version': ['v1.0'] }, 'v')), 2);
});

test('asks nothing where nothing is enforced', async () => {
  const asked: object[] = [];
  const verify = createVerifier(clientOf({ changed: [EXEMPT] }, asked), createCaches(), new FakeClock());
  for (const labels of [{}, { enforce: ['privileged'] as const }, { audit: ['restricted'] as const }])
    assert.is(await verify(namespaceWith(labels)), undefined);
  assert.equal(asked, []);
});

test.run();

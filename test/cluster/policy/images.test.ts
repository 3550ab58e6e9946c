import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { FINALIZER, TRUSTED_IMAGES_LABEL } from '../../../src/api/keys.ts';
import type { ContainerSecurityPolicy, ImagesSection } from '../../../src/api/policy.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { ApiError } from '../../../src/kube/rest/errors.ts';
import type { Resource } from '../../../src/kube/rest/resource.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

const palisade = await Palisade.open();
const names = [
  'several',
  'audit',
  'before',
  'cut',
  'kinds',
  'update',
  'debug',
  'workload',
  'older',
  'label',
  'last',
  'suspend',
  'going',
  'swap',
] as const;
const namespaces = await palisade.namespaces([...names, 'free']);
await palisade.operator(...Object.values(namespaces));
test.after(() => palisade.close());

const TEAM = 'registry.example.com/team/*';
const OURS = 'registry.example.com/team/api:1';
const SHA = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

const container = (image: string, name = 'main') => ({ name, image });
const podOf = (namespace: string, name: string, spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec,
});
const onlyContainer = (image: string) => ({ containers: [container(image)] });

/** The API server's error for a write; undefined when it succeeds. */
const refusal = async (write: Promise<unknown>): Promise<string | undefined> => {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.status.message}`;
    throw error;
  }
};

const create = (namespace: string, spec: object, name = 'pod', dryRun = true) =>
  refusal(palisade.admin.create(KINDS.Pod, podOf(namespace, name, spec), { namespace, dryRun }));

const make = async (namespace: string, name: string, spec: object): Promise<void> => {
  assert.is(await create(namespace, spec, name, false), undefined);
};

/** Pods that the rules refuse run already. */
const AT_ONCE = { onViolation: 'Enforce' } as const;

const apply = (namespace: string, name: string, images: ImagesSection, mode: 'Enforce' | 'Audit' = 'Enforce') =>
  palisade.apply(namespace, name, { mode, images });

/** In force according to the status, and known to the API server's admission, which follows some milliseconds later. */
const inForce = async (namespace: string, name: string, images: ImagesSection): Promise<ContainerSecurityPolicy> => {
  await apply(namespace, name, images);
  const policy = await palisade.condition(namespace, name, 'ImagesReady', 'True');
  await until(`${name} refuses`, async () =>
    (await create(namespace, onlyContainer('NEVER')))?.includes(`Policy ${name}`),
  );
  return policy;
};

const label = async (namespace: string): Promise<string | undefined> =>
  (await palisade.admin.get<KubeObject>(KINDS.Namespace, namespace)).metadata.labels?.[TRUSTED_IMAGES_LABEL];

const message = ({ status }: ContainerSecurityPolicy): string =>
  findCondition(status?.conditions, 'ImagesReady')?.message ?? '';

test('disallowed images are refused: the message names the policy, the image and the allowed patterns', async () => {
  const ns = namespaces.kinds;
  const { status } = await inForce(ns, 'team', { allowed: [TEAM, 'docker.io/library/nginx'] });
  assert.equal(status?.images, { disallowedPods: 0 });
  assert.is(findCondition(status?.conditions, 'Ready')?.reason, 'InForce');
  assert.is(
    await create(ns, onlyContainer('evil.example.org/x:1')),
    "403 pods \"pod\" is forbidden: ValidatingAdmissionPolicy 'palisade-trusted-images' with binding 'palisade-trusted-images' " +
      'denied request: image evil.example.org/x:1 is refused by ContainerSecurityPolicy team, ' +
      'which allows registry.example.com/team/*, docker.io/library/nginx',
  );
  assert.is(await create(ns, onlyContainer(OURS)), undefined);
  assert.is(await create(namespaces.free, onlyContainer('evil.example.org/x:1')), undefined);
});

const ways: [what: string, spec: (image: string) => object][] = [
  ['a second container', (image) => ({ containers: [container(OURS), container(image, 'second')] })],
  ['an init container', (image) => ({ containers: [container(OURS)], initContainers: [container(image, 'init')] })],
  [
    'a sidecar',
    (image) => ({
      containers: [container(OURS)],
      initContainers: [{ ...container(image, 'side'), restartPolicy: 'Always' }],
    }),
  ],
  [
    'an image volume',
    (image) => ({ containers: [container(OURS)], volumes: [{ name: 'model', image: { reference: image } }] }),
  ],
];

for (const [what, spec] of ways) {
  test(`${what} is checked too`, async () => {
    const ns = namespaces.kinds;
    assert.match((await create(ns, spec('busybox'))) ?? '', 'image busybox is refused by ContainerSecurityPolicy team');
    assert.is(await create(ns, spec('registry.example.com/team/tool')), undefined);
  });
}

test('every refused image is named, on one line of bounded length', async () => {
  const ns = namespaces.kinds;
  const two = { containers: [container('a.example.org/x'), container(OURS, 'ok'), container('b\nc', 'odd')] };
  assert.match((await create(ns, two)) ?? '', 'image a.example.org/x, b c is refused by ContainerSecurityPolicy team');
  const long = Array.from({ length: 30 }, (_, i) => container(`a.example.org/${'x'.repeat(200)}:${i}`, `c${i}`));
  const said = (await create(ns, { containers: long })) ?? '';
  assert.match(said, '… is refused by ContainerSecurityPolicy team, which allows registry.example.com/team/*');
});

test('a list of allowed patterns that is too long for a message is truncated, not dropped', async () => {
  const ns = await palisade.namespace('long', { [TRUSTED_IMAGES_LABEL]: 'true' });
  const allowed = Array.from({ length: 64 }, (_, i) => `registry.example.com/${'x'.repeat(220)}-${i}/*`);
  await apply(ns, 'long', { allowed, ...AT_ONCE });
  const said = await until('it refuses', async () => {
    const text = await create(ns, onlyContainer('busybox'));
    return text?.includes('ContainerSecurityPolicy long') ? text : undefined;
  });
  assert.match(
    said,
    /image busybox is refused by ContainerSecurityPolicy long, which allows registry.example.com\/x+-0\/\*.*…$/,
  );
});

test('a pod of fifty containers, with twenty policies of 64 entries, stays within the cost limit of admission', async () => {
  const ns = await palisade.namespace('cost', { [TRUSTED_IMAGES_LABEL]: 'true' });
  const others = Array.from({ length: 63 }, (_, i) => `registry-${i}.example.com/${'x'.repeat(200)}/*`);
  for (let i = 0; i < 20; i++) {
    const allowed = [...others.slice(1), i === 19 ? others[0]! : 'all-but-the-last.example.com/*', TEAM];
    await apply(ns, `p${i}`, { allowed, requireDigest: true, ...AT_ONCE });
  }
  await until('all are known', async () =>
    (await create(ns, onlyContainer(`all-but-the-last.example.com/x@sha256:${SHA}`)))?.includes('Policy p19'),
  );
  const image = (i: number) => `registry.example.com/team/${'a'.repeat(100)}-${i}:tag@sha256:${SHA}`;
  const fifty = Array.from({ length: 50 }, (_, i) => container(image(i), `c${i}`));
  assert.is(await create(ns, { containers: fifty }), undefined);
});

test('several policies: every one of them must allow an image, and the message names the one that does not', async () => {
  const ns = namespaces.several;
  await inForce(ns, 'any-digest', { requireDigest: true });
  await apply(ns, 'team', { allowed: [TEAM] });
  await palisade.condition(ns, 'team', 'ImagesReady', 'True');
  const team = () => create(ns, onlyContainer(`quay.io/a/b@sha256:${SHA}`));
  const said = await until('the second is known', team);
  assert.match(
    said,
    `image quay.io/a/b@sha256:${SHA} is refused by ContainerSecurityPolicy team, which allows ${TEAM}`,
  );
  assert.match(
    (await create(ns, onlyContainer(OURS))) ?? '',
    `image ${OURS} is refused by ContainerSecurityPolicy any-digest, which allows every repository, each by its digest (name@sha256:...)`,
  );
  assert.is(await create(ns, onlyContainer(`${OURS}@sha256:${SHA}`)), undefined);
});

test('mode Audit warns, and denies nothing', async () => {
  const ns = namespaces.audit;
  await make(ns, 'old', onlyContainer('busybox'));
  await apply(ns, 'try', { allowed: [TEAM] }, 'Audit');
  const { status, metadata } = await palisade.condition(ns, 'try', 'Ready', 'True', 'Audit');
  assert.is(await label(ns), 'true');
  assert.equal(metadata.finalizers, [FINALIZER]);
  assert.is(status?.images, undefined);
  assert.equal(status?.preview, { create: [], change: [], disallowedPods: 1, disallowedImages: ['old: busybox'] });
  const ready = findCondition(status?.conditions, 'ImagesReady');
  assert.equal([ready?.status, ready?.reason], ['True', 'DisallowedPods']);
  const warn = async (resource: Resource, body: object & { metadata: { name: string; namespace: string } }) => {
    const applied = { apiVersion: '', kind: '', ...body };
    return (await palisade.admin.apply(resource, applied, { fieldManager: 'test', dryRun: true })).warnings;
  };
  const bad = podOf(ns, 'bad', onlyContainer('busybox'));
  const [warning = ''] = await until('it warns', async () => {
    const warnings = await warn(KINDS.Pod, bad);
    return warnings.length > 0 ? warnings : undefined;
  });
  assert.match(warning, `image busybox is refused by ContainerSecurityPolicy try, which allows ${TEAM}`);
  assert.equal(await warn(KINDS.Pod, podOf(ns, 'good', onlyContainer(OURS))), []);
  await make(ns, 'bad', onlyContainer('busybox'));
});

test('running pods with disallowed images are listed before enforcement, and the list stays current', async () => {
  const ns = namespaces.before;
  await make(ns, 'a', onlyContainer('busybox'));
  await make(ns, 'b', { containers: [container('busybox')], initContainers: [container('quay.io/x/y', 'init')] });
  await make(ns, 'fine', onlyContainer(OURS));
  await apply(ns, 'team', { allowed: [TEAM], ...AT_ONCE }, 'Audit');
  const audited = await palisade.condition(ns, 'team', 'ImagesReady', 'True', 'DisallowedPods');
  const disallowedImages = ['a (and 1 other pod): busybox', 'b: quay.io/x/y'];
  assert.equal(audited.status?.preview, { create: [], change: [], disallowedPods: 2, disallowedImages });
  await apply(ns, 'team', { allowed: [TEAM], ...AT_ONCE });
  const enforced = await until('in force', async () => {
    const policy = await palisade.policy(ns, 'team');
    return policy.status?.images === undefined ? undefined : policy;
  });
  assert.equal(enforced.status?.images, { disallowedPods: 2, disallowedImages });
  assert.is(
    message(enforced),
    `namespace ${ns} admits only ${TEAM}. 2 existing pods have others: a (and 1 other pod): busybox; b: quay.io/x/y. ` +
      'They continue to run, but could not be created again: change their images, or allow them',
  );
  assert.is(findCondition(enforced.status?.conditions, 'Ready')?.status, 'True');
  const count = async () => (await palisade.policy(ns, 'team')).status?.images?.disallowedPods;
  await palisade.admin.delete(KINDS.Pod, 'b', { namespace: ns });
  await until('one is left', async () => (await count()) === 1);
  const done = { status: { phase: 'Succeeded' } };
  await palisade.admin.patch(KINDS.Pod, 'a', done, { namespace: ns, type: 'merge', subresource: 'status' });
  await until('none is left', async () => (await count()) === 0);
  assert.is(message(await palisade.policy(ns, 'team')), `namespace ${ns} admits only ${TEAM}`);
});

test('no image of a pod makes the status unwritable: cut inside any character, it is well-formed', async () => {
  const ns = namespaces.cut;
  // Each of four offsets puts another half of a character at the bound of an entry.
  const images = [0, 1, 2, 3].map((n) => `${'x'.repeat(1010 + n)}${'😀'.repeat(20)}\u202e`);
  await make(ns, 'p', { containers: images.map((image, n) => container(image, `c${n}`)) });
  for (const mode of ['Audit', 'Enforce'] as const) {
    await apply(ns, 'team', { allowed: [TEAM], ...AT_ONCE }, mode);
    const { status } = await until(`${mode} is in the status`, async () => {
      const policy = await palisade.policy(ns, 'team');
      const found = mode === 'Audit' ? policy.status?.preview : policy.status?.images;
      return found?.disallowedPods === 1 ? policy : undefined;
    });
    const { disallowedImages = [] } = (mode === 'Audit' ? status?.preview : status?.images) ?? {};
    assert.is(disallowedImages.length, 4);
    for (const entry of disallowedImages) {
      assert.ok(entry.isWellFormed() && [...entry].length <= 1024, entry);
      assert.not.match(entry, /[\ufffd\u202e]/);
    }
  }
});

test('existing pods can be updated except for their images', async () => {
  const ns = namespaces.update;
  await make(ns, 'old', { ...onlyContainer('busybox'), restartPolicy: 'Never' });
  await inForce(ns, 'team', { allowed: [TEAM], ...AT_ONCE });
  const patch = (body: object) =>
    refusal(palisade.admin.patch(KINDS.Pod, 'old', body, { namespace: ns, type: 'merge' }));
  assert.is(
    await patch({ metadata: { labels: { a: 'b' }, finalizers: ['batch.kubernetes.io/job-tracking'] } }),
    undefined,
  );
  assert.is(await patch({ metadata: { finalizers: [] } }), undefined);
  const use = (image: string) => {
    const change = [{ op: 'replace', path: '/spec/containers/0/image', value: image }];
    return refusal(palisade.admin.patch(KINDS.Pod, 'old', change, { namespace: ns, type: 'json' }));
  };
  assert.match((await use('alpine')) ?? '', 'image alpine is refused by ContainerSecurityPolicy team');
  assert.is(await use(OURS), undefined);
  assert.match((await use('busybox')) ?? '', 'image busybox is refused');
  assert.is(await refusal(palisade.admin.delete(KINDS.Pod, 'old', { namespace: ns })), undefined);
});

test('an image of an older pod cannot move to another container of it', async () => {
  const ns = namespaces.swap;
  const init = { initContainers: [container('evil.example.org/init', 'init')] };
  await make(ns, 'old', { containers: [container('busybox', 'a'), container('evil.example.org/x', 'b')], ...init });
  await inForce(ns, 'team', { allowed: [TEAM], ...AT_ONCE });
  const use = (path: string, image: string) => {
    const change = [{ op: 'replace', path: `/spec/${path}/image`, value: image }];
    return refusal(palisade.admin.patch(KINDS.Pod, 'old', change, { namespace: ns, type: 'json', dryRun: true }));
  };
  for (const [path, image] of [
    ['containers/0', 'evil.example.org/x'],
    ['containers/1', 'busybox'],
    ['containers/0', 'evil.example.org/init'],
    ['initContainers/0', 'busybox'],
  ] as const)
    assert.match((await use(path, image)) ?? '', `image ${image} is refused by ContainerSecurityPolicy team`, path);
  for (const path of ['containers/0', 'containers/1', 'initContainers/0'])
    assert.is(await use(path, OURS), undefined, path);
  const both = [
    { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
    { op: 'replace', path: '/spec/containers/1/image', value: OURS },
  ];
  const options = { namespace: ns, type: 'json', dryRun: true } as const;
  assert.is(await refusal(palisade.admin.patch(KINDS.Pod, 'old', both, options)), undefined);
});

test('kubectl debug cannot bring an image in', async () => {
  const ns = namespaces.debug;
  await make(ns, 'app', onlyContainer('busybox'));
  await inForce(ns, 'team', { allowed: [TEAM], ...AT_ONCE });
  const debug = (image: string) => {
    const body = { spec: { ephemeralContainers: [container(image, `debug-${image.length}`)] } };
    const options = { namespace: ns, type: 'merge', subresource: 'ephemeralcontainers' } as const;
    return refusal(palisade.admin.patch(KINDS.Pod, 'app', body, options));
  };
  assert.match((await debug('alpine')) ?? '', 'image alpine is refused by ContainerSecurityPolicy team');
  assert.is(await debug('registry.example.com/team/debug'), undefined);
});

const selector = { matchLabels: { app: 'x' } };
const template = (image: string, restartPolicy = 'Always') => ({
  metadata: { labels: { app: 'x' } },
  spec: { ...onlyContainer(image), restartPolicy },
});
const workloads: [resource: Resource, spec: (image: string) => object][] = [
  [KINDS.Deployment, (image) => ({ selector, template: template(image) })],
  [KINDS.StatefulSet, (image) => ({ selector, serviceName: 'x', template: template(image) })],
  [KINDS.DaemonSet, (image) => ({ selector, template: template(image) })],
  [KINDS.Job, (image) => ({ template: template(image, 'Never') })],
  [
    KINDS.CronJob,
    (image) => ({ schedule: '0 3 * * *', jobTemplate: { spec: { template: template(image, 'Never') } } }),
  ],
];

test('disallowed workloads are created with a warning', async () => {
  const ns = namespaces.workload;
  await inForce(ns, 'team', { allowed: [TEAM] });
  for (const [resource, spec] of workloads) {
    const write = (image: string) => {
      const apiVersion = `${resource.group}/v1`;
      const body = { apiVersion, kind: resource.kind, metadata: { name: 'x', namespace: ns }, spec: spec(image) };
      return palisade.admin.apply(resource, body, { fieldManager: 'test', dryRun: true });
    };
    const { warnings } = await write('busybox');
    assert.is(warnings.length, 1, `${resource.kind}: ${warnings}`);
    assert.match(warnings[0] ?? '', `image busybox is refused by ContainerSecurityPolicy team, which allows ${TEAM}`);
    assert.equal((await write(OURS)).warnings, [], resource.kind);
  }
});

test('an existing workload returns a warning whenever it is applied or restarted', async () => {
  const ns = namespaces.older;
  const { kind } = KINDS.Deployment;
  const body = { apiVersion: 'apps/v1', kind, metadata: { name: 'x', namespace: ns } };
  const apply = (annotations: object) => {
    const { metadata, spec } = template('busybox');
    const changed = { selector, template: { metadata: { ...metadata, annotations }, spec } };
    return palisade.admin.apply(KINDS.Deployment, { ...body, spec: changed }, { fieldManager: 'test' });
  };
  assert.equal((await apply({})).warnings, []);
  await inForce(ns, 'team', { allowed: [TEAM], ...AT_ONCE });
  for (const annotations of [{}, { 'kubectl.kubernetes.io/restartedAt': '2026-11-25T12:00:00Z' }]) {
    assert.match(
      (await apply(annotations)).warnings[0] ?? '',
      'image busybox is refused by ContainerSecurityPolicy team',
    );
  }
});

test('a removed label is restored; a label that another client set is enough', async () => {
  const ns = namespaces.label;
  await inForce(ns, 'team', { allowed: [TEAM] });
  const write = (value: string | null) => {
    const body = { metadata: { labels: { [TRUSTED_IMAGES_LABEL]: value } } };
    return palisade.admin.patch(KINDS.Namespace, ns, body, { type: 'merge', fieldManager: 'somebody' });
  };
  await write(null);
  await until('it is back', async () => (await label(ns)) === 'true');
  await write('mine');
  await palisade.condition(ns, 'team', 'ImagesReady', 'True');
  await palisade.deletePolicy(ns, 'team');
  await until(
    'the policy is gone',
    async () => (await palisade.policy(ns, 'team').catch(() => undefined)) === undefined,
  );
  assert.is(await label(ns), 'mine');
});

test('the label is removed with the last policy that has rules', async () => {
  const ns = namespaces.last;
  await inForce(ns, 'one', { allowed: [TEAM] });
  await apply(ns, 'two', { requireDigest: true }, 'Audit');
  await palisade.condition(ns, 'two', 'ImagesReady', 'True');
  await palisade.deletePolicy(ns, 'one');
  await until('one is gone', async () => (await palisade.policy(ns, 'one').catch(() => undefined)) === undefined);
  assert.is(await label(ns), 'true', 'the other policy needs it');
  await palisade.apply(ns, 'two', { mode: 'Audit' });
  await until('the label is gone', async () => (await label(ns)) === undefined);
  const idle = async () => (await palisade.policy(ns, 'two')).metadata.finalizers === undefined;
  await until('its finalizer is gone', idle);
  assert.is(await create(ns, onlyContainer('busybox')), undefined);
});

test('a namespace with image rules can be deleted', async () => {
  const ns = namespaces.going;
  await inForce(ns, 'team', { allowed: [TEAM] });
  await palisade.admin.delete(KINDS.Namespace, ns);
  const isGone = () =>
    palisade.admin.get(KINDS.Namespace, ns).then(
      () => false,
      () => true,
    );
  await until('the namespace is gone', isGone);
});

test('suspended rules stay in force', async () => {
  const ns = namespaces.suspend;
  await inForce(ns, 'team', { allowed: [TEAM] });
  await palisade.apply(ns, 'team', { suspend: true, images: { allowed: [TEAM] } });
  const { status } = await palisade.condition(ns, 'team', 'Ready', 'Unknown', 'Suspended');
  assert.is(findCondition(status?.conditions, 'ImagesReady')?.reason, 'Suspended');
  assert.is(await label(ns), 'true');
  assert.match((await create(ns, onlyContainer('busybox'))) ?? '', 'image busybox is refused');
});

test.run();

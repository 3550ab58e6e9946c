// needs: cluster, scanner
import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { privateControlPlane } from '../../harness/controlplane.ts';
import { dockerConfig, optIn, writeSecret } from '../../harness/pull-secrets.ts';
import { HARMLESS, hoursAgo, Scans } from '../../harness/scans.ts';
import { until } from '../../harness/until.ts';

const ACCOUNT = { username: 'robot', password: 'correct horse battery' };
const NAME = 'registry-credentials';

const controlPlane = await privateControlPlane({ auditLog: true, readyMs: 180_000 });
/** The operator retries to read a Secret that it could not read. */
const AGAIN_ANYWAY_MS = 300_000;

const scans = await Scans.open(controlPlane.kubeconfig);
const { admin } = scans.palisade;
const locked = await scans.stage.privateRegistry(ACCOUNT);
const ns = await scans.palisade.namespaces(['spec', 'annotation', 'wrong', 'kinds', 'added', 'none']);
const allowedRegistries = [scans.stage.registry.host, locked.host];
await scans.operator(scans.settings({ allowedRegistries }), ...Object.values(ns));

const test = suite('pull secrets');
test.after(async () => {
  await scans.close();
  await controlPlane.stop();
});

const right = dockerConfig(locked.host, ACCOUNT);
const wrong = dockerConfig(locked.host, { ...ACCOUNT, password: 'wrong' });
const named = { pullSecrets: [{ name: NAME }] };

/** The number of requests about a repository to the registry that requires an account. */
const asked = async (repository: string): Promise<number> =>
  (await locked.requests()).filter((request) => request.startsWith(`GET /v2/${repository}/`)).length;

const complaint = async (namespace: string): Promise<string | undefined> => {
  await scans.condition(namespace, 'nightly', 'Stalled', 'True', 'PullSecretUnreadable');
  const { status } = await scans.condition(namespace, 'nightly', 'Ready', 'False', 'PullSecretUnreadable');
  return findCondition(status?.conditions, 'Ready')?.message;
};

const runPrivate = async (namespace: string, repository: string) => {
  const app = await scans.push(repository, HARMLESS, locked);
  await scans.run(namespace, 'app', [app]);
  return app;
};

/** The step of a user who has granted access to the Secret. */
const AGAIN = {
  spec: (namespace: string) => scans.apply(namespace, 'nightly', { ...named, failOn: 'High' }),
  annotation: (namespace: string) => scans.apply(namespace, 'nightly', named, { [RESCAN_ANNOTATION]: 'now' }),
} as const;

for (const how of ['spec', 'annotation'] as const) {
  test(`not opted in, then opted in: a change of ${how} starts the scan at once`, async () => {
    const namespace = ns[how];
    const app = await runPrivate(namespace, `team/${how}`);
    await writeSecret(admin, namespace, NAME, right);
    await scans.apply(namespace, 'nightly', named);
    assert.is(
      await complaint(namespace),
      `Palisade may not read Secret ${namespace}/${NAME}: to grant access, add the Secret to the Role in config/pull-secrets and apply it (kubectl apply -n ${namespace} -k config/pull-secrets); access is checked again every 5 minutes, or at once with the annotation security.palisade.dev/rescan-requested-at`,
    );
    const { status } = await scans.when(
      namespace,
      'nightly',
      'a row says why',
      (scan) => scan.status?.images?.[0]?.state === 'Failed',
    );
    const [row] = status?.images ?? [];
    assert.is(row?.reason, 'Unauthorized');
    assert.match(
      row?.message ?? '',
      `${app.imageID}: the registry answered 401 (UNAUTHORIZED: authentication required)`,
    );
    const cure = `; Palisade may not read Secret ${namespace}/${NAME}: to grant access, add`;
    assert.match(row?.message ?? '', cure);
    const told = (await scans.toldEvents(namespace, 'nightly', 2)).join('\n');
    assert.match(told, `ScanFailed: Unauthorized: ${app.imageID}: the registry answered 401`);
    assert.match(told, cure);
    assert.not.match(told, 'name a pull secret');

    await optIn(admin, namespace, NAME);
    const from = Date.now();
    await AGAIN[how](namespace);
    const ready = await scans.settled(namespace, 'nightly');
    assert.equal(
      ready.status?.images?.map(({ state }) => state),
      ['Scanned'],
    );
    assert.is(findCondition(ready.status?.conditions, 'Stalled'), undefined);
    assert.ok(Date.now() - from < AGAIN_ANYWAY_MS / 2, 'long before the next regular read of the Secret');
  });
}

test('wrong credentials: no event causes another request until the Secret changes', async () => {
  await optIn(admin, ns.wrong, NAME);
  await writeSecret(admin, ns.wrong, NAME, wrong);
  const app = await runPrivate(ns.wrong, 'team/wrong');
  await scans.apply(ns.wrong, 'nightly', named);
  const { status } = await scans.condition(ns.wrong, 'nightly', 'Stalled', 'True', 'Unauthorized');
  assert.match(
    status?.images?.[0]?.message ?? '',
    `the credentials for ${locked.host} do not allow it: correct them in the pull secret`,
  );
  const before = await asked('team/wrong');
  assert.ok(before > 0 && before <= 2, `${before} requests: without credentials, and with them`);

  await scans.run(ns.wrong, 'other', [await scans.push('free/other', HARMLESS)]);
  await scans.run(ns.wrong, 'app-2', [app]);
  await scans.apply(ns.wrong, 'nightly', { ...named, failOn: 'High' });
  const newer = hoursAgo(1);
  await scans.updateDatabase(exampleDatabase, newer);
  await scans.when(ns.wrong, 'nightly', 'the other image is scanned, with the newer database', ({ status }) => {
    const [first, second] = status?.images ?? [];
    const isNewer = status?.scanner?.databaseUpdatedAt === newer;
    return isNewer && first?.state === 'Failed' && first.pods === 2 && second?.state === 'Scanned';
  });
  assert.is(await asked('team/wrong'), before);

  await writeSecret(admin, ns.wrong, NAME, right);
  await scans.apply(ns.wrong, 'nightly', { ...named, failOn: 'High' }, { [RESCAN_ANNOTATION]: 'corrected' });
  await scans.settled(ns.wrong, 'nightly');
});

const PROBLEMS: readonly [what: string, write: (name: string) => Promise<void>, message: string][] = [
  [
    'does not exist',
    async () => undefined,
    'does not exist: create it with type kubernetes.io/dockerconfigjson, or remove it from spec.pullSecrets',
  ],
  [
    'is of another type',
    (name) => writeSecret(admin, ns.kinds, name, 'hunter2', { type: 'Opaque', key: 'password' }),
    'has type Opaque: create it with type kubernetes.io/dockerconfigjson',
  ],
  [
    'holds something else',
    (name) => writeSecret(admin, ns.kinds, name, '{"auths": "hunter2"}'),
    'is not the JSON that docker login writes: {"auths": {"registry.example.com": {"auth": "…"}}}',
  ],
];

for (const [i, [what, write, message]] of PROBLEMS.entries()) {
  test(`a Secret that ${what} is named with the cure, exposes nothing, and blocks no other image`, async () => {
    const name = `secret-${i}`;
    await write(name);
    await optIn(admin, ns.kinds, 'secret-0', 'secret-1', 'secret-2');
    if (i === 0) await scans.run(ns.kinds, 'free', [await scans.push('free/kinds', HARMLESS)]);
    if (i === 0) await runPrivate(ns.kinds, 'team/kinds');
    await scans.apply(ns.kinds, 'nightly', { pullSecrets: [{ name }] });
    const shown = await until(message, async () => {
      const text = await complaint(ns.kinds);
      return text?.includes(name) ? text : undefined;
    });
    assert.is(shown, `Secret ${ns.kinds}/${name} ${message}`);
    const { status } = await scans.when(ns.kinds, 'nightly', 'one is scanned', (s) => s.status?.summary?.scanned === 1);
    assert.equal(
      status?.images?.map(({ state, reason }) => reason ?? state),
      ['Unauthorized', 'Scanned'],
    );
    assert.not.match(JSON.stringify(status) + (await scans.events(ns.kinds, 'nightly')).join(), 'hunter2');
  });
}

test('a missing Secret that is added though every image has a result is told at once', async () => {
  await scans.run(ns.added, 'free', [await scans.push('free/added', HARMLESS)]);
  await scans.apply(ns.added, 'nightly', {});
  await scans.settled(ns.added, 'nightly');
  await optIn(admin, ns.added, NAME);
  const { metadata } = await scans.apply(ns.added, 'nightly', named);
  const { status } = await scans.when(
    ns.added,
    'nightly',
    'the change was observed',
    (scan) => scan.status?.observedGeneration === metadata.generation,
  );
  const ready = findCondition(status?.conditions, 'Ready');
  assert.equal([ready?.status, ready?.reason], ['False', 'PullSecretUnreadable']);
  assert.match(ready?.message ?? '', `Secret ${ns.added}/${NAME} does not exist: create it`);
  await writeSecret(admin, ns.added, NAME, right);
  await scans.apply(ns.added, 'nightly', { ...named, failOn: 'High' });
  await scans.settled(ns.added, 'nightly');
});

test('invariant 9: only Secrets that ImageScans name were read, each by get, and none was listed or watched', async () => {
  const lines = (await readFile(controlPlane.auditLog!, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  const events = lines.map((line) => JSON.parse(line));
  const own = events.filter(({ user }) => user.username === 'system:serviceaccount:palisade-system:palisade');
  const reads = own
    .filter(({ objectRef }) => objectRef?.resource === 'secrets')
    .map(({ verb, objectRef }) => `${verb} ${objectRef.namespace}/${objectRef.name}`);
  const expected = [ns.spec, ns.annotation, ns.wrong, ns.added].map((namespace) => `get ${namespace}/${NAME}`);
  for (const i of [0, 1, 2]) expected.push(`get ${ns.kinds}/secret-${i}`);
  assert.equal([...new Set(reads)].sort(), expected.sort());
  assert.ok(reads.length < 60, `${reads.length} reads`);
  assert.ok(own.length > 100);
});

test('a Secret of another namespace cannot be named', async () => {
  for (const name of [`${ns.spec}/${NAME}`, `../${NAME}`]) {
    const error = await scans.apply(ns.none, 'nightly', { pullSecrets: [{ name }] }).catch((e: Error) => e);
    assert.match((error as Error).message, /spec.pullSecrets\[0\].name.*should match/);
  }
  const other = { pullSecrets: [{ name: NAME, namespace: ns.spec }] } as never;
  const error = await scans.apply(ns.none, 'nightly', other).catch((e: Error) => e);
  assert.match((error as Error).message, /pullSecrets\[0?.*namespace|field not declared in schema/);
});

test.run();

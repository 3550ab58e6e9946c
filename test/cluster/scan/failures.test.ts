// suite: faults
// needs: cluster, scanner
// Each reason why an image cannot be scanned, as users see it; the other images get their results meanwhile.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../../../hack/controlplane/port.ts';
import { type Content, sha256 } from '../../../hack/images/content.ts';
import { image, index } from '../../../hack/images/image.ts';
import { push } from '../../../hack/images/push.ts';
import type { RunningContainer } from '../../../hack/running-pod.ts';
import { findCondition } from '../../../src/api/conditions.ts';
import type { ImageRow } from '../../../src/api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { HARMLESS, Scans, VULNERABLE } from '../../harness/scans.ts';
import { Contents, hostileRegistry, type Misbehave, OCI, refuse } from '../../scan/registry/hostile-registry.ts';
import { rawImage } from '../../scan/scanner/hostile.ts';

const MiB = 2 ** 20;
const ACCOUNT = { username: 'robot', password: 'correct horse battery' };

const scans = await Scans.open();
const { palisade, stage } = scans;
const ns = await palisade.namespaces(['pods', 'targets', 'old', 'limited']);
const locked = await stage.privateRegistry(ACCOUNT);
const closed = `127.0.0.1:${await freePort()}`;

const contents = new Contents();
const [sent, dripped, replaced] = ['a', 'b', 'c'].map((x) => contents.image({ layers: [x.repeat(4096)] }).digest);

/** The manifest as it should be, and something else for what it names. */
const butBlobs =
  (misbehave: Misbehave): Misbehave =>
  (asked, response, request) =>
    (asked.path.includes('/blobs/') ? misbehave : contents.serve)(asked, response, request);

/** The behavior of a repository of that name. */
const BEHAVIOURS: Record<string, Misbehave> = {
  'rate-limited': (_, response) => refuse(response, 429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '3' }),
  flood: (_, response) => {
    const spaces = Buffer.alloc(MiB, ' ');
    const pour = () => {
      while (!response.destroyed && response.write(spaces));
    };
    response.writeHead(200, { 'content-type': OCI.manifest });
    response.on('drain', pour).on('error', () => undefined);
    pour();
  },
  metadata: (_, response) => response.writeHead(307, { location: 'https://169.254.169.254/latest/meta-data/' }).end(),
  loopback: (_, response) => response.writeHead(307, { location: 'https://127.0.0.1:1/secret' }).end(),
  realm: (_, response) =>
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="https://169.254.169.254/token",service="r"' }).end(),
  blobs: butBlobs((_, response) => response.writeHead(307, { location: 'https://[fd00:ec2::254]/latest/' }).end()),
  lies: butBlobs((_, response) => response.writeHead(200).end('something else')),
  drips: butBlobs((_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 1_000);
    response.on('close', () => clearInterval(drip));
  }),
};
const hostile = await hostileRegistry((asked, response, request) => {
  const behave = BEHAVIOURS[asked.path.split('/')[2] ?? ''] ?? contents.serve;
  return behave(asked, response, request);
});

const allowedRegistries = [stage.registry.host, locked.host, closed, hostile.registry];
const limits = { ...defaultScanLimits, timeMs: 20_000, imageBytes: MiB };
await scans.operator(scans.settings({ allowedRegistries, limits, concurrency: 4 }), ...Object.values(ns));

const test = suite('failures by reason');
test.after(async () => {
  await scans.close();
  await hostile.close();
});

const pushed = async (repository: string, what: Content): Promise<RunningContainer> => {
  const digest = await push(stage.registry, repository, what, '1');
  const name = `${stage.registry.host}/${repository}`;
  return { reference: `${name}:1`, imageID: `${name}@${digest}` };
};

/** As a node would report an image that its registry gave to the node and refuses to us. */
const from = (
  registry: string,
  repository: string,
  digest = sha256(Buffer.from(`${registry}/${repository}`)),
): RunningContainer => ({ reference: `${registry}/${repository}:1`, imageID: `${registry}/${repository}@${digest}` });

/** Text that gzip can hardly compress. */
const noise = (length: number): string =>
  Array.from({ length: length / 64 }, (_, i) => sha256(Buffer.from(`${i}`)).slice(7)).join('');

const arm = await image({ layers: [HARMLESS], platform: { os: 'linux', architecture: 'arm64' } });
const large = await image({ layers: [{ ...HARMLESS, 'data/noise': noise(3 * MiB) }] });
const plain = await scans.push('good/plain', VULNERABLE);

const ROWS: readonly [name: string, container: RunningContainer, reason: string, message: string][] = [
  [
    'not-found',
    from(stage.registry.host, 'gone/app'),
    'NotFound',
    '; it does not exist, or no longer: check the name, or push it again',
  ],
  [
    'unauthorized',
    from(locked.host, 'team/app'),
    'Unauthorized',
    `name a pull secret with credentials for ${locked.host} in spec.pullSecrets`,
  ],
  [
    'closed',
    from(closed, 'app'),
    'Unreachable',
    'it refuses connections; check that the registry runs and its port is right',
  ],
  [
    'unlisted',
    from('registry.example.com', 'app'),
    'NotAllowed',
    'registry.example.com is not an allowed registry: ask the administrator of Palisade to add it to --allowed-registries',
  ],
  [
    'metadata',
    from('169.254.169.254', 'latest/meta-data'),
    'NotAllowed',
    '169.254.169.254 is not an allowed registry: ask the administrator',
  ],
  ['unlisted-port', from('127.0.0.1:1', 'app'), 'NotAllowed', '127.0.0.1:1 is not an allowed registry'],
  [
    'to-metadata',
    from(hostile.registry, 'metadata'),
    'NotAllowed',
    '169.254.169.254, because it is a loopback, link-local, multicast or cloud metadata address',
  ],
  [
    'to-loopback',
    from(hostile.registry, 'loopback'),
    'NotAllowed',
    '127.0.0.1, because it is a loopback, link-local, multicast or cloud metadata address',
  ],
  [
    'realm',
    from(hostile.registry, 'realm'),
    'NotAllowed',
    '169.254.169.254, because it is a loopback, link-local, multicast or cloud metadata address',
  ],
  [
    'blobs',
    from(hostile.registry, 'blobs', sent),
    'NotAllowed',
    'fd00:ec2::254, because it is a loopback, link-local, multicast or cloud metadata address',
  ],
  ['flood', from(hostile.registry, 'flood'), 'TooLarge', 'is longer than 4194304 bytes, the limit: check the registry'],
  ['lies', from(hostile.registry, 'lies', replaced), 'DamagedImage', 'and has 14: push the image again'],
  [
    'broken',
    await pushed('broken/layer', rawImage([Buffer.from('this is no layer')])),
    'DamagedImage',
    'a layer or its description is broken: build and push the image again',
  ],
  [
    'too-large',
    await pushed('large/app', large),
    'TooLarge',
    'more than the 1048576 that one scan may download: make the image smaller, or raise --scan-image-size',
  ],
  ['arm', await pushed('arm/app', index([arm])), 'PlatformMismatch', 'linux/amd64'],
  [
    'drips',
    from(hostile.registry, 'drips', dripped),
    'Timeout',
    'the pull took longer than the limit of one scan: raise --scan-timeout, or make the image smaller',
  ],
];

test('images that pods run: each failed image is a row with its reason, and the good one among them has its result', async () => {
  for (const [name, container] of ROWS) await scans.run(ns.pods, name, [container]);
  await scans.run(ns.pods, 'good', [plain]);
  await scans.apply(ns.pods, 'nightly', {});
  const { status } = await scans.when(
    ns.pods,
    'nightly',
    'everything was tried',
    ({ status: now }) => now?.summary?.pending === 0 && now.summary.images === ROWS.length + 1,
  );
  const rows = new Map((status?.images ?? []).map((row): [string, ImageRow] => [row.image, row]));
  for (const [name, { reference, imageID }, reason, message] of ROWS) {
    const row = rows.get(reference);
    assert.equal([row?.state, row?.reason], ['Failed', reason], `${name}: ${row?.message}`);
    assert.match(row?.message ?? '', message, name);
    assert.match(row?.message ?? '', imageID.split('@')[1]!, `${name} names the image`);
    assert.ok((row?.message?.length ?? 0) < 500, name);
  }
  const good = rows.get(plain.reference);
  assert.equal([good?.state, good?.critical], ['Scanned', 1]);
  assert.equal([status?.summary?.failed, status?.summary?.scanned], [ROWS.length, 1]);
  assert.is(findCondition(status?.conditions, 'Stalled')?.status, 'True');
  assert.is(findCondition(status?.conditions, 'Compliant')?.status, 'False');
  assert.ok(hostile.sent() < 64 * MiB, `${hostile.sent()} bytes of a flood were taken`);
});

test('images that target.images names, by tag and by digest', async () => {
  const { host } = stage.registry;
  const expected: Record<string, string> = {
    [`${host}/gone/app:1`]: 'NotFound',
    [`${host}/gone/app@sha256:${'b'.repeat(64)}`]: 'NotFound',
    [`${locked.host}/team/app:1`]: 'Unauthorized',
    [`${closed}/app:1`]: 'Unreachable',
    'registry.example.com/app:1': 'NotAllowed',
    '169.254.169.254/latest/meta-data': 'NotAllowed',
    'localhost/app': 'NotAllowed',
    [`${hostile.registry}/metadata:1`]: 'NotAllowed',
    [`${hostile.registry}/realm:1`]: 'NotAllowed',
    [`${hostile.registry}/flood:1`]: 'TooLarge',
    [`${host}/arm/app:1`]: 'PlatformMismatch',
  };
  const images = [...Object.keys(expected), plain.reference];
  await scans.apply(ns.targets, 'nightly', { target: { images } });
  const { status } = await scans.when(
    ns.targets,
    'nightly',
    'everything was tried',
    ({ status: now }) => now?.summary?.pending === 0 && now.summary.images === images.length,
  );
  const found = (status?.images ?? []).map(({ image: name, reason, state }) => [name, reason ?? state]);
  assert.equal(Object.fromEntries(found), { ...expected, [plain.reference]: 'Scanned' });
});

test('an old result stays, with its age, when the image is no longer available', async () => {
  const app = await scans.push('old/app', VULNERABLE);
  const digest = app.imageID.split('@')[1]!;
  const spec = { target: { images: [app.reference] } };
  await scans.apply(ns.old, 'nightly', spec);
  await scans.settled(ns.old, 'nightly');
  const manifest = new URL(`/v2/old/app/manifests/${digest}`, stage.registry.url);
  assert.is((await fetch(manifest, { method: 'DELETE' })).status, 202);
  await scans.apply(ns.old, 'nightly', spec, { [RESCAN_ANNOTATION]: 'now' });
  const { status } = await scans.condition(ns.old, 'nightly', 'Fresh', 'False', 'ScanFailed');
  const [row] = status?.images ?? [];
  assert.equal([row?.state, row?.reason, row?.critical, row?.digest], ['Failed', 'NotFound', 1, digest]);
  assert.match(findCondition(status?.conditions, 'Fresh')?.message ?? '', `the oldest from ${row?.scannedAt}`);
  assert.is(status?.findings?.[0]?.id, 'CVE-2099-0001');
});

test('a registry that asks clients to wait gets no request meanwhile, and other registries do', async () => {
  const asked = () => hostile.asked.filter(({ path }) => path.includes('/rate-limited/')).length;
  await scans.run(ns.limited, 'limited', [from(hostile.registry, 'rate-limited')]);
  await scans.apply(ns.limited, 'nightly', {});
  const { status } = await scans.when(ns.limited, 'nightly', 'a row', (s) => s.status?.summary?.failed === 1);
  const [row] = status?.images ?? [];
  assert.is(row?.reason, 'RateLimited');
  assert.match(row?.message ?? '', 'the registry answered 429 (TOOMANYREQUESTS: slow down), too many requests');
  assert.is(findCondition(status?.conditions, 'Stalled'), undefined, 'it is retried automatically');
  assert.is(findCondition(status?.conditions, 'Reconciling')?.status, 'True');
  const before = asked();
  const sibling = `sha256:${'c'.repeat(64)}`;
  await scans.run(ns.limited, 'sibling', [from(hostile.registry, 'rate-limited', sibling)]);
  await scans.run(ns.limited, 'good', [await scans.push('limited/good', HARMLESS)]);
  const after = await scans.when(ns.limited, 'nightly', 'the others', (s) => s.status?.summary?.scanned === 1);
  const waiting = after.status?.images?.find(({ digest }) => digest === sibling);
  assert.is(waiting?.reason, 'RateLimited');
  assert.match(
    waiting?.message ?? '',
    `@${sibling}: ${hostile.registry} asks clients to wait; the scan is retried later`,
  );
  assert.is(asked(), before, 'it got no request meanwhile');
});

test.run();

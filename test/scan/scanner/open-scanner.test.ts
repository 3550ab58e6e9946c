// needs: scanner
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { push } from '../../../hack/images/push.ts';
import { startRegistry } from '../../../hack/registry/start.ts';
import { findTrivy } from '../../../hack/trivy/find.ts';
import { makeDatabase, pushDatabase } from '../../../hack/trivydb/database.ts';
import { exampleDatabase } from '../../../hack/trivydb/example.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import {
  defaultDatabaseRepository,
  parseDatabaseRepository,
} from '../../../src/scan/scanner/database/database-repository.ts';
import { openScanner } from '../../../src/scan/scanner/open-scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../harness/scan-limits.ts';
import { matchOf, never, updatedAt } from './workshop.ts';

const opening = suite<{ root: string }>('opening a scanner');

opening.before.each(async (context) => {
  context.root = await mkdtemp(join(tmpdir(), 'palisade-open-'));
});
opening.after.each(({ root }) => rm(root, { recursive: true, force: true }));

const settings = (root: string) => ({
  path: '',
  databaseRepository: defaultDatabaseRepository,
  jarIndexRepository: 'off',
  workDirectory: join(root, 'work'),
  limits: defaultScanLimits,
  allowedRegistries: [],
  clock: systemClock,
  compute: computeHere,
});

/** A program that says what a Trivy of this version would. */
async function sayingVersion(directory: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'trivy');
  await writeFile(path, `#!${process.execPath}\nprocess.stdout.write(${JSON.stringify(text)})\n`);
  await chmod(path, 0o755);
  return path;
}

const CURE =
  'name one with --trivy PATH; the image of the operator has one, and in a checkout npm run --silent trivy prints the path of one';

opening('fails without Trivy, with the cure', async ({ root }) => {
  const refused = async (more: object) =>
    (await openScanner({ ...settings(root), ...more }, never).catch((e) => e)).message;
  assert.is(await refused({}), `trivy is not on the PATH: ${CURE}`);
  assert.is(await refused({ path: `.::${root}/no:relative` }), `trivy is not on the PATH: ${CURE}`);
  assert.is(
    await refused({ trivy: '/no/such/trivy', path: process.env.PATH }),
    `--trivy /no/such/trivy is not an executable program: ${CURE}`,
  );
});

for (const [text, why] of [
  [
    '{"Version":"0.69.4"}',
    'Trivy 0.69.4 is malicious (GHSA-69fq-xp46-6x23, CVE-2026-33634): remove it, replace every credential that it could read, and use 0.74.0',
  ],
  ['{"Version":"0.60.0"}', 'Trivy 0.60.0 is too old: use 0.68.0 or later, such as 0.74.0'],
  [
    '{"Version":"dev"}',
    'Trivy "dev" has an unknown version, so it cannot be distinguished from the malicious releases: use a release, such as 0.74.0',
  ],
] as const) {
  opening(`refuses a Trivy that says ${text}`, async ({ root }) => {
    const path = await sayingVersion(join(root, 'bin'), text);
    const found = await openScanner({ ...settings(root), path: join(root, 'bin') }, never).catch((error) => error);
    assert.is(found.message, `${path} cannot be used (${why}): name another with --trivy PATH`);
  });
}

opening('refuses a program that is no Trivy', async ({ root }) => {
  const path = await sayingVersion(root, 'hello');
  const found = await openScanner({ ...settings(root), trivy: path }, never).catch((error) => error);
  assert.is(
    found.message,
    `${path} cannot be used (${path}: it does not report its version: check that ${path} is Trivy): name another with --trivy PATH`,
  );
});

for (const [text, expected] of [
  [
    defaultDatabaseRepository,
    {
      registry: 'mirror.gcr.io',
      repository: 'aquasec/trivy-db',
      reference: '2',
      name: 'mirror.gcr.io/aquasec/trivy-db:2',
    },
  ],
  [
    'localhost:5000/trivy-db',
    { registry: 'localhost:5000', repository: 'trivy-db', reference: '2', name: 'localhost:5000/trivy-db:2' },
  ],
  [
    'a.example/db:latest',
    { registry: 'a.example', repository: 'db', reference: 'latest', name: 'a.example/db:latest' },
  ],
  [
    `a.example/db:2@sha256:${'0'.repeat(64)}`,
    {
      registry: 'a.example',
      repository: 'db',
      reference: `sha256:${'0'.repeat(64)}`,
      name: `a.example/db@sha256:${'0'.repeat(64)}`,
    },
  ],
] as const) {
  opening(`database repository ${text} is read`, () => assert.equal(parseDatabaseRepository(text), expected));
}

opening('refuses a wrong database repository', async ({ root }) => {
  const trivy = await findTrivy();
  const wrong = { ...settings(root), trivy, databaseRepository: '--insecure' };
  const found = await openScanner(wrong, never).catch((error) => error);
  assert.is(
    found.message,
    '--trivy-db-repository --insecure is not a repository: write one as in mirror.gcr.io/aquasec/trivy-db:2',
  );
});

opening('gives a scanner that pulls an image, lists it, and matches it against the database', async ({ root }) => {
  const registry = await startRegistry({ account: { username: 'reader', password: 'secret' } });
  const open = await startRegistry();
  try {
    const database = await makeDatabase(join(root, 'db'), exampleDatabase, { updatedAt });
    const databaseRepository = await pushDatabase(open, database);
    const app = await image({ layers: [alpine('3.20.3', [{ name: 'openssl', version: '3.3.2-r0' }])] });
    await push(registry, 'team/app', app, '1');
    const trivy = await findTrivy();
    const wanted = { ...settings(root), trivy, databaseRepository, allowedRegistries: [registry.host] };
    const { scanner, close } = await openScanner(wanted, never);
    assert.is(await scanner.refreshDatabase(never), true);
    const request = {
      image: { digest: app.digest, platform: 'linux/amd64' },
      sources: [
        { registry: registry.host, repository: 'team/app' },
        { registry: registry.host, repository: 'team/app', credentials: registry.account! },
      ],
    };
    const match = await matchOf(scanner, await scanner.analyze(request, never));
    assert.equal(match, {
      os: { family: 'alpine', version: '3.20.3', endOfLife: true },
      scanner: { name: 'trivy', version: '0.74.0' },
      database: { updatedAt, digest: database.digest },
      coverage: { sources: [{ type: 'alpine', packages: 1, advisories: 'alpine 3.20' }], gaps: [] },
      findings: [
        {
          ...{
            id: 'CVE-2099-0001',
            package: 'openssl',
            installed: '3.3.2-r0',
            fixed: ['3.3.2-r1'],
            severity: 'Critical',
          },
          ...{ type: 'alpine', purl: 'pkg:apk/alpine/openssl@3.3.2-r0?arch=x86_64&distro=3.20.3', status: 'fixed' },
          ...{ title: 'openssl: example of a critical, fixed finding' },
          url: 'https://avd.aquasec.com/nvd/cve-2099-0001',
        },
      ],
    });
    const anonymous = await scanner
      .analyze({ ...request, sources: [request.sources[0]!] }, never)
      .catch((error) => error);
    assert.is(anonymous.reason, 'Unauthorized');
    assert.equal(await readdir(join(root, 'work', 'scratch')), []);
    await close();
  } finally {
    await registry.stop();
    await open.stop();
  }
});

opening.run();

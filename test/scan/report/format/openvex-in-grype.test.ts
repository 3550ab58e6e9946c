// suite: tools
// timeout: 1800s
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findGrypeVex } from '../../../../hack/grype/find.ts';
import type { ScanException } from '../../../../src/api/imagescan.ts';
import type { KnownFinding } from '../../../../src/scan/findings/finding.ts';
import { renderReports } from '../../../../src/scan/report/format/render.ts';
import { type ScanReport, toScanReport } from '../../../../src/scan/report/model.ts';
import { known } from '../../findings/known-finding.ts';
import { A, B, INPUT, SOURCES } from '../sample-report.ts';

const test = suite<{ grype: string; directory: string }>('OpenVEX in grype');

test.before(async (stage) => {
  stage.grype = await findGrypeVex();
  stage.directory = await mkdtemp(join(tmpdir(), 'palisade-grype-'));
});

test.after(async ({ directory }) => {
  // Not when the build failed: its error must be seen.
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

/** What grype knows of an image. */
interface GrypeImage {
  readonly repoDigests: readonly string[];
  readonly tags?: readonly string[];
}

const report = (
  reference: string,
  findings: readonly KnownFinding[],
  exceptions: readonly ScanException[],
): ScanReport =>
  toScanReport({
    ...INPUT,
    spec: { exceptions: [...exceptions] },
    images: [{ ...SOURCES[0]!, reference, report: { ...SOURCES[0]!.report!, findings: [...findings] } }],
  });

const notAffected: ScanException = { id: 'CVE-2099-0001', status: 'not_affected', justification: 'not reached' };

/** The findings that remain when grype applies the documents: `id purl`. */
const remaining = async (
  { grype, directory }: { readonly grype: string; readonly directory: string },
  reports: readonly ScanReport[],
  image: GrypeImage,
  purls: readonly string[],
): Promise<string[]> => {
  const vex = join(directory, 'openvex.json');
  await writeFile(vex, renderReports(reports, 'openvex', { width: 80 }));
  const input = JSON.stringify({ vex, ...image, findings: purls.map((purl) => ({ id: 'CVE-2099-0001', purl })) });
  return JSON.parse(execFileSync(grype, { input, encoding: 'utf8' })) as string[];
};

const openssl = known({
  id: 'CVE-2099-0001',
  package: 'libssl3',
  installed: '3.0.15-1~deb12u1',
  purl: 'pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12.11',
});
/** As Syft, of which grype has its packages, writes it. */
const SYFT = 'pkg:deb/debian/libssl3@3.0.15-1~deb12u1?arch=amd64&distro=debian-12&upstream=openssl';

const images: [reference: string, repoDigest: string][] = [
  ['nginx:1.27', `index.docker.io/library/nginx@${A}`],
  ['nginx:1.27', `nginx@${A}`],
  ['docker.io/library/nginx:1.27', `docker.io/library/nginx@${A}`],
  ['index.docker.io/library/nginx', `index.docker.io/library/nginx@${A}`],
  ['bitnami/redis:7', `index.docker.io/bitnami/redis@${A}`],
  ['registry.example.com:5000/payments/api:1.2', `registry.example.com:5000/payments/api@${A}`],
  ['ghcr.io/team/app:1', `ghcr.io/team/app@${A}`],
];

for (const [reference, repoDigest] of images) {
  test(`${reference}, which grype calls ${repoDigest}: the exception is applied`, async (stage) => {
    const made = [report(reference, [openssl], [notAffected])];
    assert.equal(await remaining(stage, made, { repoDigests: [repoDigest] }, [SYFT]), []);
  });
}

const packages: [what: string, finding: Partial<KnownFinding>, syft: string][] = [
  [
    'an Alpine package',
    { package: 'openssl', installed: '3.3.2-r0', purl: 'pkg:apk/alpine/openssl@3.3.2-r0?arch=x86_64&distro=3.20.3' },
    'pkg:apk/alpine/openssl@3.3.2-r0?arch=x86_64&distro=alpine-3.20.3',
  ],
  [
    'a Debian package with an epoch',
    {
      package: 'zlib1g',
      installed: '1:1.2.13.dfsg-1',
      purl: 'pkg:deb/debian/zlib1g@1.2.13.dfsg-1?arch=amd64&distro=debian-12.11&epoch=1',
    },
    'pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib',
  ],
  [
    'an RPM with an epoch',
    {
      package: 'openssl-libs',
      installed: '1:3.0.7-27.el9',
      purl: 'pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=redhat-9.4&epoch=1',
    },
    'pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.4&epoch=1&upstream=openssl-3.0.7-27.el9.src.rpm',
  ],
  [
    'an npm package',
    { package: 'lodash', installed: '4.17.20', purl: 'pkg:npm/lodash@4.17.20', type: 'node-pkg' },
    'pkg:npm/lodash@4.17.20',
  ],
  [
    'a scoped npm package',
    { package: '@babel/core', installed: '7.0.0', purl: 'pkg:npm/%40babel/core@7.0.0', type: 'node-pkg' },
    'pkg:npm/%40babel/core@7.0.0',
  ],
  [
    'a jar',
    {
      package: 'org.springframework:spring-core',
      installed: '5.3.17',
      purl: 'pkg:maven/org.springframework/spring-core@5.3.17',
      type: 'jar',
    },
    'pkg:maven/org.springframework/spring-core@5.3.17',
  ],
  [
    'a Go module',
    { package: 'golang.org/x/net', installed: 'v0.7.0', purl: 'pkg:golang/golang.org/x/net@v0.7.0', type: 'gobinary' },
    'pkg:golang/golang.org/x/net@v0.7.0',
  ],
];

for (const [what, change, syft] of packages) {
  test(`${what}: the exception is applied`, async (stage) => {
    const made = [report('nginx:1.27', [known({ ...openssl, ...change })], [notAffected])];
    assert.equal(await remaining(stage, made, { repoDigests: [`index.docker.io/library/nginx@${A}`] }, [syft]), []);
  });
}

const others: [what: string, image: GrypeImage, purl: string][] = [
  ['another image', { repoDigests: [`index.docker.io/library/httpd@${A}`] }, SYFT],
  ['another digest', { repoDigests: [`index.docker.io/library/nginx@${B}`] }, SYFT],
  ['another package', { repoDigests: [`index.docker.io/library/nginx@${A}`] }, 'pkg:deb/debian/curl@8.0?arch=amd64'],
  [
    'another version',
    { repoDigests: [`index.docker.io/library/nginx@${A}`] },
    'pkg:deb/debian/libssl3@3.0.16?arch=amd64',
  ],
];

for (const [what, image, purl] of others) {
  test(`${what} keeps its finding`, async (stage) => {
    const made = [report('nginx:1.27', [openssl], [notAffected])];
    assert.equal(await remaining(stage, made, image, [purl]), [`CVE-2099-0001 ${purl}`]);
  });
}

test('a finding without an exception stays, also when another ImageScan has one', async (stage) => {
  const image = { repoDigests: [`index.docker.io/library/nginx@${A}`] };
  const [without, having] = [report('nginx:1.27', [openssl], []), report('nginx:1.27', [openssl], [notAffected])];
  assert.equal(await remaining(stage, [without], image, [SYFT]), [`CVE-2099-0001 ${SYFT}`]);
  assert.equal(await remaining(stage, [having, without], image, [SYFT]), [`CVE-2099-0001 ${SYFT}`]);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Refusal } from '../../../src/scan/report/endpoint/request.ts';
import { SbomMaker } from '../../../src/scan/report/sbom-maker.ts';
import { ScanError } from '../../../src/scan/scan-error.ts';
import { OutdatedAnalysis } from '../../../src/scan/scanner/analysis/outdated-analysis.ts';
import type { SbomOptions } from '../../../src/scan/scanner/scanner.ts';
import { computeHere } from '../../../src/scan/threads/compute.ts';
import { imageOf, recordOf } from '../store/samples.ts';

const FAILURE = { reason: 'NotAllowed', message: 'it is not allowed' } as const;
const ARM = imageOf(1, 'linux/arm64');
const images = [
  { reference: 'nginx:1.27', id: imageOf(1), pods: 1 },
  { reference: 'docker.io/library/nginx:1.27', id: imageOf(1), pods: 1 },
  { reference: 'registry.example.com/app:1', id: imageOf(2), pods: 1 },
  { reference: 'registry.example.com/app:1', id: imageOf(3), pods: 1 },
  { reference: 'multi:1', id: imageOf(1, 'linux/s390x'), pods: 1 },
  { reference: 'multi:1', id: ARM, pods: 1 },
  { reference: 'waiting:1', id: imageOf(4), pods: 1 },
  { reference: 'refused:1', id: imageOf(4, 'linux/arm64'), pods: 1, failure: FAILURE },
];
const others = [
  { reference: 'registry.example.com/gone:1', platform: 'linux/amd64', pods: 1, failure: FAILURE },
  { reference: 'soon:1', platform: 'linux/amd64', pods: 1 },
];
const wanted = { namespace: 'payments', name: 'nightly', image: 'nginx:1.27', format: 'cyclonedx' } as const;

const making = (
  sbomOf: (options: SbomOptions) => Promise<Buffer> = async () => Buffer.from('{"metadata":{"component":{}}}'),
) => {
  const asked: SbomOptions[] = [];
  const maker = new SbomMaker({
    store: {
      readScan: async (_, name) => (name === 'nightly' ? recordOf({ images, others }) : undefined),
      readAnalysis: async ({ digest }) => (digest === imageOf(4).digest ? undefined : Buffer.from(digest)),
    },
    scanner: {
      sbomOf: (_, options) => {
        asked.push(options);
        return sbomOf(options);
      },
    },
    compute: computeHere,
  });
  return { maker, asked };
};

const purlOf = (made: Buffer | Refusal): string =>
  Buffer.isBuffer(made) ? JSON.parse(made.toString()).metadata.component.purl : `${made.status}: ${made.message}`;

const names: [image: string, platform: string | undefined, expected: RegExp][] = [
  ['nginx:1.27', undefined, /^pkg:oci\/nginx@sha256%3A1{64}\?arch=amd64/],
  ['docker.io/library/nginx:1.27', undefined, /^pkg:oci\/nginx@sha256%3A1{64}\?arch=amd64/],
  ['index.docker.io/library/nginx:1.27', undefined, /^pkg:oci\/nginx@/],
  [imageOf(2).digest, undefined, /^pkg:oci\/app@sha256%3A2{64}/],
  [`registry.example.com/app:1@${imageOf(3).digest}`, undefined, /^pkg:oci\/app@sha256%3A3{64}/],
  [
    'registry.example.com/app:1',
    undefined,
    /^409: several images have this name: name one by its digest, or pass --platform: registry.example.com\/app:1 \(sha256:2{64}, linux\/amd64\), /,
  ],
  ['multi:1', 'linux/arm64', /^pkg:oci\/multi@sha256%3A1{64}\?arch=arm64/],
  ['nginx', undefined, /^404: ImageScan payments\/nightly has no such image: name it as in the report/],
  ['nginx:1.27', 'linux/s390x', /^404: /],
  ['waiting:1', undefined, /^404: waiting:1 has not been scanned yet/],
  [
    'refused:1',
    undefined,
    /^404: refused:1 has no SBOM, because it could not be scanned: NotAllowed: it is not allowed$/,
  ],
  [
    'registry.example.com/gone:1',
    undefined,
    /^404: registry.example.com\/gone:1 has no SBOM, because .*: NotAllowed: /,
  ],
  ['registry.example.com/gone:1', 'linux/arm64', /^404: .* has no such image/],
  ['docker.io/library/soon:1', undefined, /^404: soon:1 has not been scanned yet/],
];

for (const [image, platform, expected] of names) {
  test(`the SBOM of ${image} ${platform ?? ''}`, async () => {
    const made = await making().maker.make({ ...wanted, image, ...(platform !== undefined && { platform }) }, 'uid-1');
    assert.match(purlOf(made), expected);
  });
}

test('the record of another ImageScan, or none, has no image', async () => {
  const { maker, asked } = making();
  assert.match(purlOf(await maker.make(wanted, 'uid-2')), /^404: /);
  assert.match(purlOf(await maker.make({ ...wanted, name: 'weekly' }, 'uid-1')), /^404: /);
  assert.equal(asked, []);
});

test('each format is asked of Trivy by its own name, with the repository', async () => {
  const { maker, asked } = making();
  for (const format of ['cyclonedx', 'cyclonedx-1.7', 'spdx'] as const)
    await maker.make({ ...wanted, format }, 'uid-1');
  const repository = 'docker.io/library/nginx';
  assert.equal(
    asked,
    ['cyclonedx', 'cyclonedx', 'spdx-json'].map((format) => ({ format, repository })),
  );
});

test('an analysis of another version, and a Trivy that fails, are said', async () => {
  const failing = (error: Error) =>
    making(() => {
      throw error;
    }).maker.make(wanted, 'uid-1');
  assert.match(purlOf(await failing(new OutdatedAnalysis('old'))), /^404: nginx:1.27 has not been scanned yet/);
  const failure = new ScanError('Timeout', 'an image: it took too long');
  assert.is(purlOf(await failing(failure)), '503: no SBOM of nginx:1.27: an image: it took too long');
});

for (const format of ['cyclonedx', 'spdx'] as const) {
  test(`no string of an image steers a terminal, ${format}`, async () => {
    const { maker } = making(async () => Buffer.from('{"name":"a\u202eb\u009b","metadata":{"component":{}}}'));
    const made = (await maker.make({ ...wanted, format }, 'uid-1')).toString();
    assert.match(made, '"a\\u202eb\\u009b"');
    assert.is(JSON.parse(made).name, 'a\u202eb\u009b');
  });
}

test.run();

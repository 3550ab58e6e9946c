// needs: scanner

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { alpine } from '../../../../hack/images/packages/apk.ts';
import { debian, ubuntu } from '../../../../hack/images/packages/dpkg.ts';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { OutdatedAnalysis } from '../../../../src/scan/scanner/analysis/outdated-analysis.ts';
import { TrivyScanner } from '../../../../src/scan/scanner/trivy/trivy-scanner.ts';
import { computeHere } from '../../../../src/scan/threads/compute.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';
import { type CorpusImage, unfixed, until } from '../../corpus/corpus-image.ts';
import { Oracle, updatedAt } from '../../corpus/oracle.ts';
import { differences, outcomeOf } from '../../corpus/outcome.ts';
import { never, requestFor, Workshop } from '../workshop.ts';

/** With the number of findings. */
const listed: readonly (CorpusImage & { readonly findings: number })[] = [
  {
    name: 'Debian 12 with nginx of another vendor',
    layers: [
      debian('12.11', [
        { name: 'nginx', version: '1.29.1-1~bookworm', maintainer: 'NGINX Packaging <nginx-packaging@f5.com>' },
      ]),
    ],
    advisories: [
      ['debian 12', 'nginx', until('1.30.0-1')],
      ['debian 12', 'nginx', unfixed()],
    ],
    findings: 0,
  },
  {
    name: 'Alpine edge',
    layers: [
      {
        ...alpine('3.24.0_alpha20260701', [{ name: 'openssl', version: '3.5.0-r0' }]),
        'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n',
      },
    ],
    advisories: [
      ['alpine edge', 'openssl', until('3.5.1-r0')],
      ['alpine 3.24', 'openssl', until('3.4.0-r0')],
    ],
    findings: 1,
  },
  {
    name: 'Ubuntu 18.04 with extended support',
    layers: [
      ubuntu('18.04', [{ name: 'libssl1.1', source: 'openssl', version: '1.1.1-1' }]),
      {
        'var/lib/ubuntu-advantage/status.json': JSON.stringify({
          services: [{ name: 'esm-infra', status: 'enabled' }],
        }),
      },
    ],
    advisories: [['ubuntu 18.04-ESM', 'openssl', until('1.1.1-2')]],
    findings: 1,
  },
];

let workshop: Workshop;
let oracle: Oracle;
let scanner: TrivyScanner;
const rescan = suite('a rescan');

rescan.before(async () => {
  workshop = await Workshop.open();
  oracle = await Oracle.open(listed);
  const handle = { version: { updatedAt }, args: ['--cache-dir', oracle.cache, '--skip-db-update'], release: () => {} };
  scanner = new TrivyScanner({
    trivy: workshop.trivy(),
    version: { name: 'trivy', version: '0.74.0' },
    analyzer: await workshop.analyzer(oracle.images.map(({ content }) => content)),
    database: {
      current: () => handle.version,
      problem: () => undefined,
      acquire: () => handle,
      refresh: async () => false,
      discardDamaged: async () => false,
      subscribe: () => () => {},
    },
    tempDirectories: workshop.tempDirectories,
    limits: defaultScanLimits,
    compute: computeHere,
  });
});
rescan.after(async () => {
  await oracle.close();
  await workshop.close();
});

const analyze = (name: string): Promise<Buffer> =>
  scanner.analyze(requestFor(oracle.images.find(({ row }) => row.name === name)!.content), never);

for (const { name, findings } of listed) {
  rescan(`says what trivy image says: ${name}`, async () => {
    const found = outcomeOf((await scanner.match(await analyze(name), never)).output);
    assert.is(found.findings.length, findings, found.findings.join('\n'));
    const expected = await oracle.scan(oracle.images.find(({ row }) => row.name === name)!);
    assert.equal(typeof expected === 'string' ? expected : differences(expected, found), []);
  });
}

const changed = async (change: (analysis: Analysis) => Partial<Analysis>): Promise<Buffer> => {
  const analysis = JSON.parse((await analyze('Alpine edge')).toString()) as Analysis;
  return Buffer.from(JSON.stringify({ ...analysis, ...change(analysis) }));
};
const other = `sha256:${'0'.repeat(64)}`;

for (const [what, change] of [
  ['a layer by other analyzers', ({ blobs }) => ({ blobs: blobs.map((blob) => ({ ...blob, id: other })) })],
  ['no layer', () => ({ blobs: [] })],
  ['an image by other analyzers', ({ artifact }) => ({ artifact: { ...artifact, id: other } })],
  [
    'a layer of another schema',
    ({ blobs }) => ({
      blobs: blobs.map(({ id, record }) => ({
        id,
        record: JSON.stringify({ ...JSON.parse(record), SchemaVersion: 1 }),
      })),
    }),
  ],
  ['another image', () => ({ schemaVersion: 0 }) as unknown as Partial<Analysis>],
] as const satisfies readonly (readonly [string, (analysis: Analysis) => Partial<Analysis>])[]) {
  rescan(`of an analysis with ${what} is none: the image must be analyzed again`, async () => {
    const analysis = await changed(change);
    const match = await scanner.match(analysis, never).catch((error) => error);
    const sbom = await scanner.sbomOf(analysis, { format: 'cyclonedx' }, never).catch((error) => error);
    for (const failure of [match, sbom]) assert.instance(failure, OutdatedAnalysis);
  });
}

rescan('of an analysis by another version of Trivy is one only if nothing newer can be had', async () => {
  const other = await changed(({ scanner: { name } }) => ({ scanner: { name, version: '0.73.0' } }));
  const outdated = await scanner.rematch(other, never).catch((error) => error);
  assert.instance(outdated, OutdatedAnalysis);
  assert.is(outdated.isUsable, true);
  assert.match(outdated.message, ': its analysis is by Trivy 0.73.0, not 0.74.0');
  assert.is(outcomeOf((await scanner.match(other, never)).output).findings.length, 1);
  // A Job has made that one: Trivy in the image of Jobs is another, and the next Job would not do better.
  assert.is(outcomeOf((await scanner.rematch(other, never)).output).findings.length, 1);
  const own = await analyze('Alpine edge');
  await scanner.match(own, never);
  assert.is(outcomeOf((await scanner.rematch(own, never)).output).findings.length, 1);
});

rescan('of an SBOM, which earlier versions kept, is none: the image must be analyzed again', async () => {
  const sbom = Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}');
  assert.instance(await scanner.match(sbom, never).catch((error) => error), OutdatedAnalysis);
});

rescan('has an SBOM of the image, in CycloneDX and SPDX, with its name', async () => {
  const analysis = await analyze('Ubuntu 18.04 with extended support');
  const { manifest } = JSON.parse(analysis.toString()) as Analysis;
  const repository = 'registry.example.com:5000/team/app';
  const [cyclonedx, spdx] = await Promise.all(
    (['cyclonedx', 'spdx-json'] as const).map(async (format) =>
      JSON.parse(String(await scanner.sbomOf(analysis, { format, repository }, never))),
    ),
  );
  assert.match(cyclonedx.serialNumber, /^urn:uuid:/);
  assert.not.ok(Number.isNaN(Date.parse(cyclonedx.metadata.timestamp)));
  assert.is(cyclonedx.metadata.component.name, `${repository}@${manifest.digest}`);
  assert.equal(cyclonedx.components.map(({ name }: { name: string }) => name).sort(), ['libssl1.1', 'ubuntu']);
  assert.is(spdx.name, `${repository}@${manifest.digest}`);
  assert.ok(spdx.packages.some(({ name }: { name: string }) => name === 'libssl1.1'));
});

rescan.run();

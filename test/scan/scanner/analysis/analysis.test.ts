import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanError } from '../../../../src/scan/scan-error.ts';
import { type AnalysisParts, readAnalysis, writeAnalysis } from '../../../../src/scan/scanner/analysis/analysis.ts';

const MOST = 10_000;
const analysis = suite('an analysis');

const id = (digit: string) => `sha256:${digit.repeat(64)}`;
const diffIds = ['lower', 'upper', 'lower'];
const blob = (DiffID: string) => Buffer.from(`{"SchemaVersion":2,"DiffID":"${DiffID}","Size":9007199254740993}`);

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const described = (content: Buffer) => ({ digest: digestOf(content), content });

const parts: AnalysisParts = {
  image: { digest: id('1'), platform: 'linux/amd64' },
  scanner: { name: 'trivy', version: '0.74.0' },
  manifest: { mediaType: 'application/vnd.oci.image.manifest.v1+json', ...described(Buffer.from([0xff])) },
  config: described(Buffer.from(JSON.stringify({ rootfs: { diff_ids: diffIds } }))),
  records: new Map([
    [`fanal::blob::${id('b')}`, blob('upper')],
    [`fanal::artifact::${id('a')}`, Buffer.from('{"SchemaVersion":1}')],
    [`fanal::blob::${id('c')}`, blob('lower')],
  ]),
  unread: {},
};

const failureOf = (work: () => unknown): ScanError => {
  try {
    work();
  } catch (error) {
    assert.instance(error, ScanError);
    return error as ScanError;
  }
  throw new Error('it did not fail');
};

analysis('has the records byte for byte, layer by layer from the lowest up, and all bytes of the manifest', () => {
  const read = readAnalysis(writeAnalysis(parts, MOST), MOST);
  assert.equal(read?.artifact, { id: id('a'), record: '{"SchemaVersion":1}' });
  assert.equal(read?.blobs, [
    { id: id('c'), record: String(blob('lower')) },
    { id: id('b'), record: String(blob('upper')) },
    { id: id('c'), record: String(blob('lower')) },
  ]);
  assert.equal([...Buffer.from(read?.manifest.content ?? '', 'base64')], [0xff]);
  assert.equal([read?.image, read?.scanner], [parts.image, parts.scanner]);
});

analysis('of an image without layers, or without a list of them, is one', () => {
  const records = new Map([[`fanal::artifact::${id('a')}`, Buffer.from('{}')]]);
  const config = described(Buffer.from('{}'));
  assert.equal(readAnalysis(writeAnalysis({ ...parts, records, config }, MOST), MOST)?.blobs, []);
});

analysis('is not made of what Trivy did not keep', () => {
  const { reason, message } = failureOf(() => writeAnalysis({ ...parts, records: new Map() }, MOST));
  assert.is(reason, 'ScannerFailed');
  assert.is(message, `${id('1')}@linux/amd64: Trivy did not keep what it found: use Trivy 0.74.0`);
});

analysis('is not larger than it may be', () => {
  const bytes = writeAnalysis(parts, MOST);
  for (const failure of [
    failureOf(() => writeAnalysis(parts, bytes.length - 1)),
    failureOf(() => readAnalysis(bytes, bytes.length - 1)),
  ]) {
    assert.is(failure.reason, 'TooLarge');
    assert.match(failure.message, /: the result is larger than 1 MiB, the limit of one scan$/);
  }
  assert.ok(readAnalysis(bytes, bytes.length));
});

analysis('that is no JSON is a failure', () => {
  const { reason, message } = failureOf(() => readAnalysis(Buffer.from('{"bomFormat"'), MOST));
  assert.is(reason, 'ScannerFailed');
  assert.match(message, /^an image: its analysis is not JSON \(.+\)$/);
});

const whole = JSON.parse(writeAnalysis(parts, MOST).toString());
for (const [what, content] of [
  ['an SBOM of an earlier version', { bomFormat: 'CycloneDX', specVersion: '1.6', components: [] }],
  ['another schema', { ...whole, schemaVersion: 2 }],
  ['no artifact', { ...whole, artifact: undefined }],
  ['a record that is no text', { ...whole, artifact: { id: 'x', record: {} } }],
  ['no blobs', { ...whole, blobs: {} }],
  ['a blob that is none', { ...whole, blobs: [null] }],
  ['no manifest', { ...whole, manifest: null }],
  ['no configuration', { ...whole, config: {} }],
  ['no image', { ...whole, image: { digest: id('1') } }],
  ['a digest that is a path', { ...whole, config: { ...whole.config, digest: 'sha256:../../../../../tmp/evil' } }],
  ['a digest of no algorithm', { ...whole, manifest: { ...whole.manifest, digest: '../../../../tmp/evil' } }],
  ['other content than its digest says', { ...whole, config: { ...whole.config, content: 'e30=' } }],
  ['a key of something else', { ...whole, artifact: { ...whole.artifact, id: 'x' } }],
  ['a list', []],
  ['null', null],
  ['a number', 7],
] as const) {
  analysis(`with ${what} is of another version`, () => {
    assert.is(readAnalysis(Buffer.from(JSON.stringify(content)), MOST), undefined);
  });
}

analysis.run();

import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { ImageScan, ScanException, ScanSpec } from '../../../../src/api/imagescan.ts';
import type { EvaluatedFinding } from '../../../../src/scan/imagescan/evaluation/evaluation.ts';
import type { Observation, ObservedImage } from '../../../../src/scan/imagescan/observation.ts';
import { computeStatus } from '../../../../src/scan/imagescan/status/status.ts';
import { MAX_STATUS_BYTES } from '../../../../src/scan/imagescan/status/truncate.ts';
import { FAILURE_REASONS } from '../../../../src/scan/scan-error.ts';
import { printable } from '../../../../src/text/printable.ts';
import { evaluatedFinding, evaluationOf, observationOf, observedImage } from '../observation.ts';

const NOW = Date.parse('2026-01-02T12:00:00Z');

type Schema = Record<string, unknown> & { properties?: Record<string, Schema> };

/** As the API server holds a status against it: what the schema does not know is refused, as with fieldValidation=Strict. */
const statusSchema = async (): Promise<Schema> => {
  const crd = parse(await readFile('crds/imagescans.security.palisade.dev.yaml', 'utf8'));
  const { properties } = crd.spec.versions[0].schema.openAPIV3Schema;
  return JSON.parse(JSON.stringify(properties.status), (_, value) =>
    value?.type === 'object' && value.properties !== undefined ? { ...value, additionalProperties: false } : value,
  );
};

const schema = await statusSchema();
const ajv = new Ajv({ strict: false, formats: { int32: true, int64: true } });
addFormats.default(ajv);
const validate = ajv.compile(schema);

const test = suite('the status that is written');

const scanWith = (spec: ScanSpec): ImageScan => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ImageScan',
  metadata: { name: 'nightly', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 3 },
  spec,
});

/** What steers terminals, turns text round, is no text at all, or is long. */
const NASTY = [
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u202e',
  '\u0000',
  '\r\n',
  '\ud83d',
  '\ude00',
  '😀',
  '字',
  'a',
  ' ',
  '<',
  '"',
];

const nasty = fc
  .tuple(fc.array(fc.constantFrom(...NASTY), { maxLength: 40 }), fc.constantFrom(1, 1, 1, 50, 400))
  .map(([parts, times]) => parts.join('').repeat(times));

const finding: fc.Arbitrary<EvaluatedFinding> = fc
  .record({ id: nasty, package: nasty, installed: nasty, fixed: nasty, title: nasty })
  .map((texts) => evaluatedFinding(texts));

const failure = fc.record({ reason: fc.constantFrom(...FAILURE_REASONS), message: nasty, retries: fc.boolean() });

const observation: fc.Arbitrary<ObservedImage> = fc
  .record({
    reference: nasty,
    platform: nasty,
    outdated: fc.boolean(),
    failure: fc.option(failure, { nil: undefined }),
    findings: fc.option(fc.array(finding, { maxLength: 4 }), { nil: undefined }),
    os: nasty,
    advice: fc.array(nasty, { maxLength: 10 }),
  })
  .map(({ reference, findings, failure: why, os, advice, ...rest }) =>
    observedImage(reference, {
      ...rest,
      ...(why !== undefined && { failure: why }),
      ...(findings !== undefined && { evaluation: evaluationOf(findings, { os, advice }) }),
    }),
  );

const state: fc.Arbitrary<Observation> = fc
  .record({
    images: fc.array(observation, { maxLength: 60 }),
    stalled: fc.array(fc.record({ reason: fc.constant('PullSecretUnreadable'), message: nasty }), { maxLength: 8 }),
  })
  .map(({ images, stalled }) => observationOf(images, { stalled }));

const strings = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(strings)
      : [];

test('keeps to the schema, is as the server gives it back, and holds nothing that a terminal obeys, whatever was found', () => {
  let rows = 0;
  fc.assert(
    fc.property(state, (seen) => {
      const status = computeStatus(scanWith({ failOn: 'Low' }), seen, NOW);
      const text = JSON.stringify(status);
      const stored: unknown = JSON.parse(text);
      assert.ok(validate(stored), JSON.stringify(validate.errors?.slice(0, 3)));
      assert.equal(JSON.parse(Buffer.from(text).toString()), stored);
      for (const one of strings(stored)) {
        assert.ok(one.isWellFormed());
        assert.is(printable(one, 100_000), one.trim());
      }
      assert.ok(Buffer.byteLength(text) <= MAX_STATUS_BYTES);
      rows += status.images?.length ?? 0;
    }),
    { seed: 20261125, numRuns: 150 },
  );
  assert.ok(rows > 500, `${rows} rows`);
});

/** The longest spec that the schema takes, in characters of three bytes where it takes any. */
const longestException = (i: number): ScanException => ({
  id: `CVE-${i}-`.padEnd(64, '0'),
  package: '字'.repeat(256),
  image: '字'.repeat(512),
  status: 'not_affected',
  justification: '字'.repeat(512),
  expiresAt: '2027-01-31T00:00:00Z',
});

test('leaves out what is long before etcd refuses it, and says how much', () => {
  const findings = Array.from({ length: 60 }, (_, i) =>
    evaluatedFinding({
      id: `CVE-${i}`,
      package: '字'.repeat(300),
      installed: '字'.repeat(200),
      title: '字'.repeat(300),
    }),
  );
  const advice = Array.from({ length: 20 }, () => '字'.repeat(600));
  const images = Array.from({ length: 60 }, (_, i) =>
    observedImage(`r.io/${i}/${'字'.repeat(1100)}`, {
      evaluation: evaluationOf(findings, { advice }),
      failure: { reason: 'ScannerFailed', message: '字'.repeat(2000), retries: true },
    }),
  );
  const exceptions = Array.from({ length: 256 }, (_, i) => longestException(i));
  const status = computeStatus(scanWith({ exceptions }), observationOf(images), NOW);
  assert.ok(validate(JSON.parse(JSON.stringify(status))), JSON.stringify(validate.errors));
  assert.ok(Buffer.byteLength(JSON.stringify(status)) <= MAX_STATUS_BYTES);
  assert.is(status.summary?.images, 60);
  assert.is((status.images?.length ?? 0) + (status.imagesOmitted ?? 0), 60);
  assert.ok(status.images?.every((row) => row.advice === undefined && row.adviceOmitted === 20));
  assert.equal([status.findings?.length, status.findingsOmitted], [50, 10]);
  assert.is(status.exceptions?.length, 256);
});

test('of a usual size has everything', () => {
  const findings = Array.from({ length: 50 }, (_, i) =>
    evaluatedFinding({ id: `CVE-${i}`, title: 'a title '.repeat(20) }),
  );
  const advice = Array.from({ length: 10 }, (_, i) => `package-${i} 1.2.3-4 -> 1.2.3-5 (1 Critical)`);
  const images = Array.from({ length: 50 }, (_, i) =>
    observedImage(`registry.example.com/team/app-${i}:1.2.3`, { evaluation: evaluationOf(findings, { advice }) }),
  );
  const exceptions = Array.from(
    { length: 100 },
    (_, i): ScanException => ({
      id: `CVE-2024-${i}`,
      package: 'openssl',
      status: 'not_affected',
      justification: 'vulnerable code is not reached',
    }),
  );
  const status = computeStatus(scanWith({ exceptions }), observationOf(images), NOW);
  assert.equal([status.images?.length, status.images?.[0]?.advice?.length], [50, 10]);
  assert.equal(
    [status.findings?.length, status.exceptions?.[99]?.justification],
    [50, 'vulnerable code is not reached'],
  );
});

test.run();

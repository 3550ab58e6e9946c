import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanError } from '../../../../../src/scan/scan-error.ts';
import { frameAnalysis, frameFailure, readFramed } from '../../../../../src/scan/scanner/analysis/job/framed-result.ts';

const framed = suite('a framed result');
const MOST = 1_000_000;

framed('an SBOM is read back unchanged, whatever surrounds it and stands between its lines', () => {
  const sbom = randomBytes(50_000);
  const log = frameAnalysis(sbom);
  assert.ok(log.split('\n').every((line) => line.length <= 8_000));
  const noisy = `(node:1) Warning: x\n${log.replaceAll('\n', '\nsome words of stderr\n')}`;
  for (const text of [log, noisy, log.replaceAll('\n', '\r\n')]) {
    assert.ok((readFramed(text, MOST) as Buffer).equals(sbom));
  }
});

framed('any truncation is detected', () => {
  const log = frameAnalysis(Buffer.from('{"bomFormat":"CycloneDX"}'.repeat(40)));
  const whole = log.trimEnd().length;
  fc.assert(
    fc.property(fc.nat(whole - 1), fc.nat(whole - 1), (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      let read: unknown;
      try {
        read = readFramed(log.slice(from, to), MOST);
      } catch {
        return;
      }
      assert.is(read, undefined);
    }),
  );
});

for (const [what, log, why] of [
  ['no beginning', 'H4sI\npalisade-analysis end\n', 'has lost its beginning'],
  ['no end', frameAnalysis(Buffer.from('x')).replace('palisade-analysis end\n', ''), 'has lost its end'],
  ['a wrong beginning', 'palisade-analysis begin bytes=1\npalisade-analysis end\n', 'has a damaged beginning'],
  ['other content', frameAnalysis(Buffer.from('x')).replace('bytes=1', 'bytes=2'), 'is not what its checksum says'],
  ['nothing in it', frameAnalysis(Buffer.from('x')).replace(/\nH.*\n/, '\n'), 'is not what its checksum says'],
  ['too much', frameAnalysis(Buffer.alloc(MOST + 1)), 'says that it has 1000001 bytes, more than 1000000'],
  ['a bomb', frameAnalysis(Buffer.alloc(MOST)).replace('bytes=1000000', 'bytes=10'), 'is not what its checksum says'],
  ['a broken failure', 'palisade-analysis failure {"reason":\n', 'has a damaged failure'],
  ['an unknown reason', 'palisade-analysis failure {"reason":"Whim","message":"m"}\n', 'has a damaged failure'],
  ['no object', 'palisade-analysis failure null\n', 'has a damaged failure'],
] as const) {
  framed(`${what}: refused`, () =>
    assert.throws(
      () => readFramed(log, MOST),
      (error: Error) => error.message === why,
    ),
  );
}

framed('a log without a result has none', () => {
  for (const log of ['', '\n', 'Segmentation fault\n']) assert.is(readFramed(log, MOST), undefined);
});

framed('a failure is read back with its reason and its pause, on one line', () => {
  const told = new ScanError('RateLimited', 'r.io/app: wait', { retryAfterMs: 5_000 });
  const { reason, message, retryAfterMs } = readFramed(`noise\n${frameFailure(told)}`, MOST) as ScanError;
  assert.equal(
    { reason, message, retryAfterMs },
    { reason: 'RateLimited', message: 'r.io/app: wait', retryAfterMs: 5_000 },
  );
  const hostile = readFramed(frameFailure(new ScanError('NotFound', 'a\nb\u001b[31m')), MOST) as ScanError;
  assert.equal([hostile.message, hostile.retryAfterMs], ['a b\ufffd[31m', undefined]);
});

framed.run();

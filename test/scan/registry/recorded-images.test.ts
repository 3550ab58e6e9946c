import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RECORDED } from './recorded-images.ts';
import { configOf, recordedImage } from './selecting.ts';

for (const { what, node, index, runs, refused } of RECORDED) {
  test(`${what}: ${refused ?? (runs.join(' or ') || 'nothing')}`, async () => {
    const image = recordedImage(node, index);
    const ours = await configOf(image);
    const expected = refused ?? (runs.length > 1 ? 'AmbiguousIndex' : runs[0]);
    if (expected === undefined) assert.match(ours, /^(PlatformMismatch|DamagedImage|ScannerFailed): /);
    else assert.is(image.names.get(ours) ?? ours.split(':')[0], expected, ours);
  });
}

test.run();

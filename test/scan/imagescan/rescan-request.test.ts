import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import { RESCAN_ANNOTATION } from '../../../src/api/keys.ts';
import { RescanRequest } from '../../../src/scan/imagescan/rescan-request.ts';
import { imageScan } from './image-scan.ts';

const scan = (requested?: string, lastHandledRescanAt?: string): ImageScan => {
  const { metadata, ...rest } = imageScan({}, lastHandledRescanAt === undefined ? undefined : { lastHandledRescanAt });
  const annotations = requested === undefined ? {} : { [RESCAN_ANNOTATION]: requested };
  return { ...rest, metadata: { ...metadata, annotations } };
};

test('no annotation, or one that was acted on: no request', () => {
  const rescan = new RescanRequest();
  assert.is(rescan.pending(scan(), 0), undefined);
  assert.is(rescan.pending(scan('a', 'a'), 0), undefined);
  assert.is(rescan.waitMs(scan('a', 'a')), undefined);
});

test('a request is pending until it is complete, and handled then', () => {
  const rescan = new RescanRequest();
  assert.equal(rescan.pending(scan('a'), 100), { value: 'a', at: 100 });
  assert.equal(rescan.pending(scan('a'), 200), { value: 'a', at: 100 });
  assert.is(rescan.handled, undefined);
  rescan.complete();
  assert.is(rescan.handled, 'a');
  assert.is(rescan.pending(scan('a'), 300), undefined);
  assert.is(rescan.waitMs(scan('a')), undefined);
});

test('a value that changes meanwhile is the next request, after a pause', () => {
  const rescan = new RescanRequest();
  rescan.pending(scan('a'), 0);
  assert.equal(rescan.pending(scan('b'), 1_000), { value: 'a', at: 0 });
  rescan.complete();
  assert.is(rescan.handled, 'a');
  assert.is(rescan.waitMs(scan('b')), 5_000);
  assert.is(rescan.pending(scan('b', 'a'), 5_999), undefined);
  assert.is(rescan.waitMs(scan('b', 'a')), 1);
  assert.equal(rescan.pending(scan('b', 'a'), 6_000), { value: 'b', at: 6_000 });
  assert.is(rescan.waitMs(scan('b', 'a')), undefined);
});

test('a value that changes 50 times a second: every request is done, one in each pause', () => {
  const rescan = new RescanRequest();
  const starts = new Set<number>();
  let handled: string | undefined;
  for (let now = 0; now < 60_000; now += 20) {
    const request = rescan.pending(scan(`v-${now}`, handled), now);
    if (request !== undefined) starts.add(request.at);
    // Scans take a second.
    if (request !== undefined && now - request.at >= 1_000) rescan.complete();
    handled = rescan.handled;
  }
  assert.is(starts.size, 10);
});

test('of a value of 200 kB 128 characters count', () => {
  const rescan = new RescanRequest();
  rescan.pending(scan('x'.repeat(200_000)), 0);
  rescan.complete();
  assert.is([...(rescan.handled ?? '')].length, 128);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OpenReportsPublisher } from '../../../../src/scan/report/openreports/open-reports-publisher.ts';
import { reportTooLarge } from '../../../../src/scan/report/read.ts';
import { spyLog } from '../../../kube/spy-log.ts';
import { imageScan } from '../../imagescan/image-scan.ts';
import { recordOf } from '../../store/samples.ts';

const never = () => Promise.reject(new Error('no request is expected'));

test('a report that is too large is not written, and the log reports it once, with the cure', async () => {
  const { log, lines } = spyLog();
  let reads = 0;
  const publisher = new OpenReportsPublisher({
    client: { apply: never, get: never },
    store: { readScan: async () => recordOf({ namespace: 'shop', uid: 'u' }), summary: () => undefined },
    reports: {
      openReport: async (scan) => {
        reads += 1;
        throw reportTooLarge(scan, 2 ** 26);
      },
    },
    clock: { now: () => Date.parse('2026-01-02T00:00:00Z') },
    log,
  });
  for (let looks = 0; looks < 2; looks += 1) assert.is(await publisher.publish(imageScan()), undefined);
  assert.is(reads, 1);
  assert.equal(
    lines.map(({ level, msg }) => [level, msg]),
    [
      [
        'warn',
        'the Report of openreports.io was not updated: the report of shop/nightly has more than 64 MiB of findings, the limit for one report: split the pods among several ImageScans by spec.target.selector, or read the report directory with palisade report --report-dir',
      ],
    ],
  );
});

test.run();

import { writeSync } from 'node:fs';
import { systemClock } from '../../../src/kube/clock.ts';
import { ReportStore } from '../../../src/scan/store/report-store.ts';
import { emittedEvents, findingOf, imageOf, noise, recordOf, reportOf, silent } from './samples.ts';

/**
 * Writes versions of the same three entries, from number `from` up to `to`, and says each number when it is on disk:
 * `node writer.ts DIRECTORY FROM TO`. Every part of an entry tells its version.
 */
const [directory = '', from = '', to = ''] = process.argv.slice(2);
const store = await ReportStore.open(directory, { clock: systemClock, maxBytes: 1e9, unusedMs: 1e9, log: silent });

for (let n = Number(from); n <= Number(to); n += 1) {
  const findings = Array.from({ length: 100 }, (_, i) => findingOf(i, { title: `${n}`, url: String(noise(200)) }));
  await store.writeReport(reportOf(imageOf(1), { newFindings: n, findings, scannedAt: `${n}` }));
  writeSync(1, `report ${n}\n`);
  await store.writeAnalysis(imageOf(1), Buffer.from(`${n} `.repeat(50_000)));
  writeSync(1, `analysis ${n}\n`);
  await store.writeScan(recordOf({ uid: `${n}`, events: emittedEvents(...Array.from({ length: 500 }, () => `${n}`)) }));
  writeSync(1, `scan ${n}\n`);
}

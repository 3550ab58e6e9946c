// suite: tools
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toCycloneDx } from '../../../src/scan/report/format/cyclonedx.ts';
import { toOpenVex } from '../../../src/scan/report/format/openvex.ts';
import { toSarif } from '../../../src/scan/report/format/sarif.ts';
import { type ScanReport, toScanReport } from '../../../src/scan/report/model.ts';
import { toOpenReport } from '../../../src/scan/report/openreports/openreports.ts';
import { arbitraryInput, EMPTY, SAMPLE } from './sample-report.ts';
import {
  cycloneDxValidator,
  openReportsValidator,
  openVexValidator,
  sarifValidator,
  type Validator,
} from './schemas.ts';

type Render = (reports: readonly ScanReport[]) => object;

const formats: [
  name: string,
  render: Render,
  validator: () => Promise<Validator>,
  broken: (document: object) => object,
][] = [
  ['SARIF 2.1.0', (reports) => toSarif(reports), sarifValidator, (document) => ({ ...document, version: '2.2.0' })],
  ['CycloneDX 1.6', toCycloneDx, cycloneDxValidator, (document) => ({ ...document, serialNumber: 'urn:uuid:1' })],
  ['OpenVEX 0.2.0', toOpenVex, openVexValidator, (document) => ({ ...document, statements: [{ status: 'affected' }] })],
  [
    'OpenReports v1alpha1',
    ([report]) => toOpenReport(report!),
    openReportsValidator,
    (document) => ({ ...document, results: [{ result: 'fail' }] }),
  ],
];

for (const [name, render, validator, broken] of formats) {
  test(`${name}: a report is valid by the schema`, async () => {
    const validate = await validator();
    assert.is(await validate(render([SAMPLE])), '');
    assert.is.not(await validate(broken(render([SAMPLE]))), '', 'the schema refuses nothing');
  });

  test(`${name}: whatever a cluster and its images contain, the report is valid`, async () => {
    const validate = await validator();
    await fc.assert(
      fc.asyncProperty(arbitraryInput, async (input) => {
        const report = toScanReport(input);
        // OpenVEX has no document without statements.
        if (render === toOpenVex && report.images.every(({ judged }) => judged.length === 0)) return;
        assert.is(await validate(render([report])), '');
        assert.is(await validate(render([report, { ...report, scan: { namespace: 'x', name: 'y' } }])), '');
      }),
      { numRuns: 60 },
    );
  });
}

test('a report without images is valid', async () => {
  for (const [name, render, validator] of formats.filter(([, render]) => render !== toOpenVex)) {
    assert.is(await (await validator())(render([EMPTY])), '', name);
  }
});

test.run();

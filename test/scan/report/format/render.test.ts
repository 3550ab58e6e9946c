import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REPORT_FORMATS } from '../../../../src/scan/report/format/formats.ts';
import { fromJsonReport } from '../../../../src/scan/report/format/from-json.ts';
import { renderReport, renderReports } from '../../../../src/scan/report/format/render.ts';
import { toScanReport } from '../../../../src/scan/report/model.ts';
import { arbitraryInput, EMPTY, SAMPLE } from '../sample-report.ts';

for (const format of REPORT_FORMATS) {
  test(`${format}: the same report is the same text, whatever the order of images and findings`, () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const images = input.images.toReversed().map(({ report, ...rest }) => ({
          ...rest,
          ...(report && { report: { ...report, findings: report.findings.toReversed() } }),
        }));
        const text = renderReport(toScanReport(input), format, { width: 120 });
        assert.is(renderReport(toScanReport({ ...input, images }), format, { width: 120 }), text);
        // Whatever an image holds, nothing of it steers a terminal.
        assert.not.match(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 50 },
    );
  });

  test(`${format}: ends in a newline, also without images`, () => {
    for (const report of [SAMPLE, EMPTY]) assert.match(renderReport(report, format, { width: 80 }), /[^\n]\n$/);
  });
}

test('the JSON of a report has all of it: every format can be rendered from it', () => {
  fc.assert(
    fc.property(arbitraryInput, (input) => {
      const report = toScanReport(input);
      const read = fromJsonReport(renderReport(report, 'json', { width: 80 }));
      for (const format of REPORT_FORMATS) {
        assert.is(renderReport(read, format, { width: 80 }), renderReport(report, format, { width: 80 }), format);
      }
    }),
    { numRuns: 50 },
  );
});

for (const text of ['{}', '[]', '{"schemaVersion":"security.palisade.dev/report/v2"}', 'null']) {
  test(`${text} is no report`, () => {
    assert.throws(() => fromJsonReport(text), 'it is no JSON report of version security.palisade.dev/report/v1');
  });
}

const OTHER = { ...SAMPLE, scan: { namespace: 'accounts', name: 'weekly' } };

for (const format of REPORT_FORMATS) {
  test(`${format}: several reports are one text, and nothing of them is lost`, () => {
    const text = renderReports([SAMPLE, OTHER], format, { width: 120 });
    // The page for people has figures and no list of all findings.
    if (format !== 'html')
      for (const { finding } of SAMPLE.images.flatMap(({ judged }) => judged)) assert.match(text, finding.id);
    if (format !== 'openvex')
      for (const name of ['payments/nightly', 'accounts/weekly'])
        assert.match(text.replaceAll(/"namespace": ?"(\w+)",\s*"name": ?"(\w+)"/g, '$1/$2'), name);
    if (format !== 'table' && format !== 'html') JSON.parse(text);
  });
}

test.run();

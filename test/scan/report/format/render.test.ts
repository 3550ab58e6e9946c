import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REPORT_FORMATS } from '../../../../src/scan/report/format/formats.ts';
import { renderReport } from '../../../../src/scan/report/format/render.ts';
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

test.run();

import { plural } from '../../../text/plural.ts';
import { countOf, type Result, type TestReport } from '../result.ts';

const lineOf = ({ outcome, name, reasons, file, line }: Result): string[] =>
  outcome === 'ok'
    ? [`  ok       ${name}`]
    : [
        `  ${outcome.padEnd(7)}  ${name}`,
        ...reasons.map((reason) => `             ${reason}`),
        `             at ${file}:${line}`,
      ];

/** As a test runner prints it: a line for each expectation, and the reasons of those that do not hold. */
export const toText = (reports: readonly TestReport[]): string => {
  const lines = reports.flatMap(({ name, file, results }) => [
    `PolicyTest ${name} (${file})`,
    ...results.flatMap(lineOf),
    '',
  ]);
  const [ok, failed, unknown] = (['ok', 'not ok', 'unknown'] as const).map((outcome) => countOf(reports, outcome));
  return `${[...lines, `${plural(countOf(reports), 'expectation')}: ${ok} ok, ${failed} not ok, ${unknown} unknown`].join('\n')}\n`;
};

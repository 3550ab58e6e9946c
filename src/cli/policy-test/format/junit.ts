import { type Markup, NOTHING, html as xml } from '../../../scan/report/format/html-markup.ts';
import { countOf, type Result, type TestReport } from '../result.ts';

/** What a runner shows first. */
const firstOf = ({ reasons }: Result): string => reasons[0] ?? '';

const details = ({ reasons, file, line }: Result): Markup[] =>
  [...reasons, `at ${file}:${line}`].map((text) => xml`${text}\n`);

/** An unknown answer is an error of the run, not a wrong policy. */
const verdict = (result: Result): Markup => {
  if (result.outcome === 'ok') return NOTHING;
  return result.outcome === 'unknown'
    ? xml`<error type="Unknown" message="${firstOf(result)}">${details(result)}</error>`
    : xml`<failure type="NotOk" message="${firstOf(result)}">${details(result)}</failure>`;
};

const testcase = (suite: string, result: Result): Markup =>
  xml`    <testcase classname="${suite}.${result.area}" name="${result.name}">${verdict(result)}</testcase>\n`;

const totals = (reports: readonly TestReport[]): Markup =>
  xml`tests="${countOf(reports)}" failures="${countOf(reports, 'not ok')}" errors="${countOf(reports, 'unknown')}"`;

const testsuite = (report: TestReport): Markup =>
  xml`  <testsuite name="${report.name}" file="${report.file}" ${totals([report])} skipped="0">\n${report.results.map((result) => testcase(report.name, result))}  </testsuite>\n`;

/** The XML that Jenkins, GitLab and others read: a suite for each PolicyTest. */
export const toJunit = (reports: readonly TestReport[]): string =>
  xml`<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="palisade test" ${totals(reports)}>\n${reports.map(testsuite)}</testsuites>\n`
    .text;

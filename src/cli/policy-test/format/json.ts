import { countOf, type TestReport } from '../result.ts';

/** For programs. */
export const toJson = (reports: readonly TestReport[], notes: readonly string[]): string => {
  const summary = {
    expectations: countOf(reports),
    ...{ ok: countOf(reports, 'ok'), notOk: countOf(reports, 'not ok'), unknown: countOf(reports, 'unknown') },
  };
  return `${JSON.stringify({ tests: reports, summary, notes }, null, 2)}\n`;
};

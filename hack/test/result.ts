import { stripVTControlCharacters } from 'node:util';

export interface Ending {
  exit: number | NodeJS.Signals;
  timedOut: boolean;
  timeoutMs: number;
  output: string;
}

export interface Result {
  passed: number;
  failed: number;
  skipped: number;
  /** Why it failed, where its own output does not say. */
  reason?: string;
}

interface Totals {
  total: number;
  passed: number;
  skipped: number;
}

/** uvu exits with 0 when nothing ran, so the totals that it prints decide together with the exit status. */
export function judgeTestFile(ending: Ending): Result {
  const totals = totalsIn(ending.output);
  const { total, passed, skipped } = totals ?? { total: 0, passed: 0, skipped: 0 };
  const failed = total - passed;
  const reason = faultOf(ending, totals);
  return { passed, failed: Math.max(failed, reason === undefined ? 0 : 1), skipped, ...(reason && { reason }) };
}

export function judgeCheck(ending: Ending): Result {
  const reason = faultOf(ending, { total: 1, passed: ending.exit === 0 ? 1 : 0, skipped: 0 });
  const good = ending.exit === 0 && reason === undefined;
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, ...(reason && { reason }) };
}

function faultOf(ending: Ending, totals: Totals | undefined): string | undefined {
  if (ending.timedOut) {
    const bound = `did not end within ${ending.timeoutMs / 1000} s`;
    return totals ? `${bound} although its tests did: it left something open` : bound;
  }
  if (totals === undefined) return `printed no totals (exit ${ending.exit}): does it call test.run()?`;
  if (totals.total === 0) return 'ran no test';
  if (ending.exit !== 0 && totals.passed === totals.total)
    return `ended with ${ending.exit} after all its tests passed`;
  return undefined;
}

/** The last totals of the output: a test may print those of others before. */
function totalsIn(output: string): Totals | undefined {
  const pattern = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm;
  const last = [...stripVTControlCharacters(output).matchAll(pattern)].at(-1);
  return last && { total: Number(last[1]), passed: Number(last[2]), skipped: Number(last[3]) };
}

import { availableParallelism, loadavg, totalmem } from 'node:os';

/** By what is measured, with its unit, as in 'RSS, MiB'. */
export type Figures = Readonly<Record<string, number>>;

/** By what was benchmarked. */
export type Results = Readonly<Record<string, Figures>>;

/** The machine that the figures depend on. The load is that of the last minute. */
export const machine = (): Record<string, number> => ({
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
});

/** Three digits that count; whole numbers stay whole. */
export const rounded = (value: number): number =>
  Number.isInteger(value) ? value : Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));

/** A line for each figure, under the name of its benchmark. */
export const table = (results: Results): string => {
  const width = Math.max(...Object.values(results).flatMap((figures) => Object.keys(figures).map((n) => n.length))) + 2;
  const lines = Object.entries(results).flatMap(([name, figures]) => [
    name,
    ...Object.entries(figures).map(([what, value]) => `  ${what.padEnd(width)}${rounded(value)}`),
  ]);
  return `${lines.join('\n')}\n`;
};

/** @param sorted not empty @param share from 0 to 1 */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

/** @param since by performance.now() */
export const milliseconds = (since: number): number => performance.now() - since;

/** `npm run bench [-- policies|scans [N]]`: what N policies or scans cost, on the embedded control plane. A table, and the same as JSON on the last line. */
import { type Figures, machine, rounded, table } from './bench/figures.ts';
import { benchPolicies } from './bench/policies.ts';
import { benchScans } from './bench/scans.ts';

interface Benchmark {
  readonly run: (n: number) => Promise<Figures>;
  readonly usual: number;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  policies: { run: benchPolicies, usual: 1000 },
  scans: { run: benchScans, usual: 200 },
};

/** A number alone is one of policies. */
const planOf = (args: readonly string[]): [name: string, n: number][] | undefined => {
  const [first, second, ...rest] = args;
  if (first === undefined) return Object.entries(BENCHMARKS).map(([name, { usual }]) => [name, usual]);
  const [name, text] = /^\d+$/.test(first) && second === undefined ? ['policies', first] : [first, second];
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  const n = Number(text ?? benchmark?.usual);
  const known = benchmark !== undefined && rest.length === 0 && Number.isInteger(n) && n >= 1;
  return known ? [[name, n]] : undefined;
};

const main = async (plan: readonly [name: string, n: number][]): Promise<void> => {
  const started = machine();
  const results: Record<string, Figures> = {};
  for (const [name, n] of plan) {
    const figures = await BENCHMARKS[name]!.run(n);
    results[name] = Object.fromEntries(Object.entries(figures).map(([what, value]) => [what, rounded(value)]));
  }
  process.stdout.write(table(results));
  process.stdout.write(
    `${JSON.stringify({ machine: { ...started, loadAtTheEnd: machine().load }, figures: results })}\n`,
  );
};

const args = process.argv.slice(2);
const plan = planOf(args);
if (plan === undefined) {
  const names = Object.keys(BENCHMARKS).join(' or ');
  process.stderr.write(
    `bench: "${args.join(' ')}" is no benchmark: write ${names}, and how many, as in npm run bench -- scans 200\n`,
  );
  process.exitCode = 2;
} else {
  await main(plan);
}

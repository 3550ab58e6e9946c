/** `npm run bench [-- policies|inventory|takeover|locks|scans|findings|reach|checks [N]]`: what N policies, pods, changes of the leader, requests, scans, images with many findings, pods that may reach each other or checks of network rules cost, on the embedded control plane. A table, and the same as JSON on the last line. */
import { benchChecks } from './bench/checks.ts';
import { type Figures, machine, rounded, table } from './bench/figures.ts';
import { benchFindings } from './bench/findings.ts';
import { benchInventory } from './bench/inventory.ts';
import { benchLocks } from './bench/locks.ts';
import { benchPolicies } from './bench/policies.ts';
import { benchReach } from './bench/reach.ts';
import { benchScans } from './bench/scans.ts';
import { benchTakeover } from './bench/takeover.ts';

interface Benchmark {
  readonly run: (n: number) => Promise<Figures>;
  readonly usual: readonly number[];
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  policies: { run: benchPolicies, usual: [100, 1000, 3000] },
  inventory: { run: benchInventory, usual: [10_000] },
  takeover: { run: benchTakeover, usual: [5] },
  locks: { run: benchLocks, usual: [500] },
  scans: { run: benchScans, usual: [200] },
  findings: { run: benchFindings, usual: [64, 250] },
  reach: { run: benchReach, usual: [1000] },
  checks: { run: benchChecks, usual: [1000] },
};

type Plan = readonly (readonly [name: string, n: number])[];

/** A number alone is one of policies. */
const planOf = (args: readonly string[]): Plan | undefined => {
  const [first, second, ...rest] = args;
  const usual = ([name, benchmark]: [string, Benchmark]) => benchmark.usual.map((n) => [name, n] as const);
  if (first === undefined) return Object.entries(BENCHMARKS).flatMap(usual);
  const [name, text] = /^\d+$/.test(first) && second === undefined ? ['policies', first] : [first, second];
  const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (benchmark === undefined || rest.length > 0) return undefined;
  if (text === undefined) return usual([name, benchmark]);
  const n = Number(text);
  return Number.isInteger(n) && n >= 1 ? [[name, n]] : undefined;
};

const main = async (plan: Plan): Promise<void> => {
  const started = machine();
  const results: Record<string, Figures> = {};
  for (const [name, n] of plan) {
    const figures = await BENCHMARKS[name]!.run(n);
    results[`${name} ${n}`] = Object.fromEntries(
      Object.entries(figures).map(([what, value]) => [what, rounded(value)]),
    );
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

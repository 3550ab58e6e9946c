import { Reach } from '../../reach/reach.ts';
import { printableLines } from '../../text/printable.ts';
import { InputError, UsageError } from '../errors.ts';
import { expandDirectories, readFiles } from '../input/files.ts';
import { atMost } from '../input/objects.ts';
import { kubernetes } from '../kubernetes.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { namespaceName } from '../settings/parsers.ts';
import { readFlag, readSetting } from '../settings/setting.ts';
import { type Terminal, writeLine } from '../terminal.ts';
import { buildWorld } from '../world/build-world.ts';
import { loadParts, type WorldFlags } from '../world/load-world.ts';
import { clusterFacts } from './ask-cluster.ts';
import { fileFacts, type WorldParts } from './facts.ts';
import { toJson } from './format/json.ts';
import { toJunit } from './format/junit.ts';
import { toText } from './format/text.ts';
import { asInForce } from './in-force.ts';
import { type LoadedTest, readTests } from './read-tests.ts';
import { countOf, type TestReport } from './result.ts';
import { runTests } from './run.ts';
import type { TestedWorld } from './tested-world.ts';

export interface TestFlags extends WorldFlags {
  readonly output: 'text' | 'json' | 'junit';
}

const FORMATS: Readonly<
  Record<TestFlags['output'], (reports: readonly TestReport[], notes: readonly string[]) => string>
> = {
  ...{ text: toText, json: toJson, junit: toJunit },
};

const STDIN = '-';

/** @throws InputError, UsageError */
const loadTests = async (paths: readonly string[], flags: TestFlags, terminal: Terminal): Promise<LoadedTest[]> => {
  const { namespace, filename = [], recursive = false } = flags;
  if (namespace !== undefined) readFlag('--namespace', namespace, namespaceName('team-a'));
  if (paths.includes(STDIN) && filename.includes(STDIN))
    throw new UsageError('the tests and --filename are both -: there is one stdin; name a file');
  const groups: { path: string; sources: Awaited<ReturnType<typeof readFiles>> }[] = [];
  for (const path of new Set(paths))
    groups.push({ path, sources: await readFiles(await expandDirectories([path], recursive), terminal.stdin) });
  return readTests(groups, namespace);
};

/** The namespaces that tests name: a user without the right to list all may read these. */
const namespacesOf = (tests: readonly LoadedTest[]): string[] =>
  tests.flatMap(({ test: { metadata, spec } }) => [
    metadata.namespace,
    ...[...(spec.rights ?? []), ...(spec.images ?? []), ...(spec.podSecurity ?? [])].flatMap(
      ({ namespace }) => namespace ?? [],
    ),
  ]);

/** As the flags of can select it, with the rules that are in force. @throws InputError, UsageError */
const loadTestedWorld = async (
  tests: readonly LoadedTest[],
  flags: TestFlags,
  terminal: Terminal,
): Promise<{ readonly world: TestedWorld; readonly notes: readonly string[] }> => {
  const written = await loadParts(flags, terminal, namespacesOf(tests));
  const { manifests, notes } = asInForce(written.manifests);
  const loaded = buildWorld({ ...written, manifests });
  const parts: WorldParts = { loaded, reach: new Reach(loaded.world) };
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, terminal.env);
  const facts =
    loaded.cluster === undefined
      ? fileFacts(parts)
      : await kubernetes(kubeconfig, (client) => clusterFacts(client, tests, parts));
  return { world: { ...parts, ...facts }, notes: [...loaded.notes, ...notes] };
};

/** Prints which expectations hold. @returns the exit status: 1 if one does not, or if that is unknown @throws InputError, UsageError */
export const testCommand = async (paths: readonly string[], flags: TestFlags, terminal: Terminal): Promise<number> => {
  const tests = await loadTests(paths, flags, terminal);
  const { world, notes } = await loadTestedWorld(tests, flags, terminal);
  const { reports, problems } = runTests(tests, world);
  for (const note of notes) writeLine(terminal.stderr, note);
  if (problems.length > 0) throw new InputError(atMost(problems));
  terminal.stdout.write(printableLines(FORMATS[flags.output](reports, notes)));
  return countOf(reports) === countOf(reports, 'ok') ? 0 : 1;
};

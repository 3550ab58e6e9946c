/** `npm run demo`: Palisade's main job, shown on a real API server. If its output is a terminal, it stays until Ctrl-C, unless --once. */
import { parseArgs } from 'node:util';
import { kubernetesVersion } from './controlplane/components.ts';
import { say, step } from './controlplane/progress.ts';
import { Screen } from './demo/screen.ts';
import { setUp } from './demo/setup.ts';
import type { Stage } from './demo/stage.ts';
import { tell } from './demo/story.ts';

const USAGE = 'write npm run demo, or npm run demo -- --once';

function readOnce(): boolean {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values.once;
  } catch (error) {
    say(`${(error as Error).message.split('\n')[0]}: ${USAGE}`);
    process.exit(2);
  }
}

function introduce({ cluster }: Stage, screen: Screen): void {
  if (!cluster.embedded) return;
  process.stdout.write('\n');
  screen.say(
    `A real API server (${kubernetesVersion}), etcd and controller manager, without nodes: pods never start, and NetworkPolicies ` +
      'stop no packets, because there is no network plug-in. Everything else is as in any cluster.',
  );
}

async function stay({ cluster }: Stage, signal: AbortSignal): Promise<void> {
  process.stdout.write(
    `\nThe operator runs until Ctrl-C. In another terminal:\nexport KUBECONFIG=${cluster.kubeconfig}\n`,
  );
  // A pending promise alone does not keep Node running.
  const alive = setInterval(() => {}, 60_000);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(alive);
}

async function demo(undo: AsyncDisposableStack, once: boolean, signal: AbortSignal): Promise<boolean> {
  const stage = await setUp(undo, signal);
  const screen = new Screen(process.stdout);
  const started = performance.now();
  introduce(stage, screen);
  await tell(stage, screen, signal);
  const { passed, failed } = screen.totals();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`\n${passed} of ${passed + failed} facts hold, shown in ${seconds} s\n`);
  if (!once && process.stdout.isTTY) await stay(stage, signal);
  else if (!once)
    process.stdout.write('\nThe demo ends here: it stays until Ctrl-C only if its output is a terminal.\n');
  return failed === 0;
}

// A reader such as head may close the pipe early; the demo cleans up all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

async function main(): Promise<number> {
  const once = readOnce();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const undo = new AsyncDisposableStack();
  let status = 1;
  try {
    status = (await demo(undo, once, stop.signal)) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) status = 130;
    else say((error as Error).message);
  }
  await step('cleaning up', () => undo.disposeAsync()).catch((error: Error) => {
    say(`not everything could be cleaned up: ${error.message}`);
    status ||= 1;
  });
  return status;
}

process.exit(await main());

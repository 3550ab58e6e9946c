import { setImmediate } from 'node:timers/promises';
import type { NetworkSection } from '../../api/policy.ts';
import { startThread } from '../../threads/start-thread.ts';
import { type Checked, unchecked } from '../status/warnings.ts';
import { type CheckInput, type CheckResult, check, type PolicyToCheck } from './check.ts';
import type { InputPart } from './check-thread.ts';

/** MiB. A world that needs more ends the thread, and not the process. */
const HEAP_MB = 512;
/** Without a result for so long, the thread is ended: the rules of one policy must not keep those of all others unchecked. */
const STUCK_MS = 60_000;
/** Objects in one message. */
const SLICE = 500;
/** Verdicts that take less than 20 ms or so; a thread costs more. */
const FEW = 10_000;
/** As many pods as the model compares at each end of a rule. */
const MOST_COMPARED = 50;

const verdictsOf = ({ allow: { ingress = [], egress = [] } = {} }: NetworkSection, pods: number): number => {
  const rules = [
    ...ingress.map(({ from, ports }) => ({ peers: from, ports })),
    ...egress.map(({ to, ports }) => ({ peers: to, ports })),
  ];
  return rules.reduce((sum, { peers, ports }) => sum + peers.length * (ports?.length ?? 4) * pods ** 2, pods);
};

/** Whether a check takes so little time that this thread can do it. */
export const isSmall = ({ world, policies }: CheckInput): boolean => {
  const compared = Math.min(world.pods.length, MOST_COMPARED);
  const cost = ({ network, previewed }: PolicyToCheck): number =>
    (network ? verdictsOf(network, compared) : 0) +
    (previewed ? verdictsOf(previewed, compared) : 0) +
    (previewed === undefined ? 0 : world.pods.length ** 2 + world.policies.length);
  const index = world.pods.length + world.policies.length + world.services.length + world.namespaces.length;
  return policies.reduce((sum, policy) => sum + cost(policy), index) <= FEW;
};

function* partsOf({ world, policies, ...rest }: CheckInput): Generator<InputPart> {
  const lists = { pods: world.pods, policies: world.policies, checked: policies };
  for (const list of ['pods', 'policies', 'checked'] as const) {
    for (let n = 0; n < lists[list].length; n += SLICE) yield { list, items: lists[list].slice(n, n + SLICE) };
  }
  yield { rest: { ...rest, world: { ...world, pods: [], policies: [] }, policies: [] } };
}

const whyFailed = (error: NodeJS.ErrnoException): string =>
  error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'the check needs too much memory: write fewer rules and peers, or split the policy'
    : `the check failed: ${error.message}; please report it`;

/** Threads that may fail in one check. */
const TRIES = 3;

/** On a thread that ends with the check, so that nothing of the world stays in memory. */
const onThread = async (
  input: CheckInput,
  signal: AbortSignal,
  tries = TRIES,
): Promise<ReadonlyMap<string, Checked>> => {
  const results = new Map<string, Checked>();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
  const thread = startThread('policy/warnings/check-thread', { name: 'palisade-check', resourceLimits });
  const stuck = setTimeout(
    () => resolve('the check takes too long: write fewer rules and peers, or split the policy'),
    STUCK_MS,
  );
  const stop = (): void => resolve(undefined);
  signal.addEventListener('abort', stop, { once: true });
  thread
    .on('message', ([uid, checked]: CheckResult) => {
      results.set(uid, checked);
      stuck.refresh();
    })
    .once('error', (error) => resolve(whyFailed(error)))
    .once('exit', stop);
  try {
    for (const part of partsOf(input)) {
      thread.postMessage(part);
      await setImmediate();
    }
    const failure = await promise;
    if (failure === undefined) return results;
    // The first without a result is the one that failed; the others are tried again without it.
    const left = input.policies.filter(({ uid }) => !results.has(uid));
    const [failed, others] = tries > 1 ? [left.slice(0, 1), left.slice(1)] : [left, []];
    await thread.terminate();
    const rest = others.length === 0 ? [] : await onThread({ ...input, policies: others }, signal, tries - 1);
    return new Map([...results, ...failed.map(({ uid }) => [uid, unchecked(failure)] as const), ...rest]);
  } finally {
    clearTimeout(stuck);
    signal.removeEventListener('abort', stop);
    await thread.terminate();
  }
};

/** Checks policies without blocking the event loop. After the signal the result is incomplete. */
export const runCheck = async (input: CheckInput, signal: AbortSignal): Promise<ReadonlyMap<string, Checked>> =>
  isSmall(input) ? new Map(check(input)) : await onThread(input, signal);

import { Yielder } from '../../../kube/yielder.ts';
import { evaluationsOf, type Observation } from '../observation.ts';
import { MAX_CRITICALS } from './emitted-events.ts';

/** Critical findings, by criticalKey. */
export interface CriticalNews {
  /** Sorted, unless there are very many. */
  readonly found: readonly string[];
  readonly fixed: readonly string[];
  /** To be recorded: those that are known now. */
  readonly criticals: readonly string[];
}

/** So many texts are sorted within milliseconds. */
const MAX_SORTED = 10_000;
const STEP = 5_000;
/** Operations of looking a text up in a set. */
const LOOKUP = 4;

/** A computation in steps: each yields how many operations it took. */
type Steps<T> = Generator<number, T>;

function* setOf(lists: Iterable<readonly string[]>): Steps<Set<string>> {
  const set = new Set<string>();
  for (const list of lists) {
    for (const text of list) set.add(text);
    yield LOOKUP * list.length;
  }
  return set;
}

function* partsOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += STEP) yield list.slice(at, at + STEP);
}

function* filtered(list: readonly string[], keeps: (text: string) => boolean): Steps<string[]> {
  const kept: string[] = [];
  for (const part of partsOf(list)) {
    for (const text of part) if (keeps(text)) kept.push(text);
    yield LOOKUP * part.length;
  }
  return kept;
}

/** Only then is a missing critical finding fixed: otherwise an image without a result, or with too many, may have it. */
const isComplete = ({ images }: Observation): boolean =>
  images.every(({ evaluation }) => evaluation !== undefined && evaluation.criticalsCut !== true);

function* newsSteps(before: readonly string[], observation: Observation): Steps<CriticalNews> {
  const evaluations = evaluationsOf(observation);
  const now = yield* setOf(evaluations.map(({ criticals }) => criticals));
  // A suppressed finding is not fixed, and not new when its exception expires.
  const hidden = yield* setOf(evaluations.map(({ suppressedCriticals }) => suppressedCriticals));
  const known = yield* setOf(partsOf(before));
  const isGone = (key: string): boolean => !now.has(key) && !hidden.has(key);
  const fixed = isComplete(observation) ? yield* filtered(before, isGone) : [];
  const kept = fixed.length === 0 ? before : yield* filtered(before, (key) => !isGone(key));
  const fresh = yield* filtered([...now], (key) => !known.has(key));
  if (fresh.length <= MAX_SORTED) fresh.sort();
  const found = fresh.slice(0, Math.max(0, MAX_CRITICALS - kept.length));
  return { found, fixed, criticals: [...kept, ...found] };
}

/** Critical findings that are new or fixed since the recorded Events. */
export const criticalNews = (before: readonly string[], observation: Observation): CriticalNews => {
  const steps = newsSteps(before, observation);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** As criticalNews, in steps between which other work runs: a namespace may have a hundred thousand critical findings. */
export const criticalNewsInSteps = async (
  before: readonly string[],
  observation: Observation,
): Promise<CriticalNews> => {
  const steps = newsSteps(before, observation);
  const yielder = new Yielder();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (yielder.shouldYield(step.value)) await yielder.pause();
  }
};

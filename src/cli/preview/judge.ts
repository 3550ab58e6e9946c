import { workloadName } from '../../reach/naming.ts';
import { Reach } from '../../reach/reach.ts';
import { type Answer, type Endpoint, isPod, type Verdict } from '../../reach/verdict.ts';
import { Identifier, type Reading } from '../flows/identify.ts';
import type { ObservedConnection, ObservedEnd } from '../flows/observed.ts';
import type { PreviewWorlds } from './worlds.ts';

/** AlreadyCut: policies in force deny the connection, so that the previewed ones change nothing. */
export type Effect = 'Kept' | 'Cut' | 'AlreadyCut' | 'Unknown';

/** What policies would do to an observed connection. */
export interface Judgment {
  readonly observed: ObservedConnection;
  readonly effect: Effect;
  /** With the policies, of one that decides. */
  readonly verdict?: Verdict;
  /** One that the flows may have been; absent: the ends are not known. */
  readonly reading?: Reading;
  /** Of Unknown, when no verdict has the reason. */
  readonly reason?: string;
}

type Judged = Omit<Judgment, 'observed'>;

interface Compared {
  readonly was: Verdict;
  readonly is: Verdict;
}

const overall = (answers: readonly Answer[]): Answer | 'Mixed' => {
  const [first] = answers;
  return first !== undefined && answers.every((answer) => answer === first) ? first : 'Mixed';
};

const judge = (compared: readonly Compared[]): Judged => {
  const [was, is] = [overall(compared.map((one) => one.was.allowed)), overall(compared.map((one) => one.is.allowed))];
  const of = (answer: Answer) => compared.find((one) => one.is.allowed === answer);
  if (is === 'Yes') return { effect: 'Kept' };
  if (was === 'No') return { effect: 'AlreadyCut', verdict: compared[0]!.is };
  if (is === 'No') return { effect: 'Cut', verdict: compared[0]!.is };
  const doubtful = of('Unknown');
  if (doubtful !== undefined) return { effect: 'Unknown', verdict: doubtful.is };
  const denied = of('No')!;
  const reason = `the log does not say to which of ${compared.length} possible connections the flows belong, and only some would be cut`;
  return { effect: 'Unknown', verdict: denied.is, reason };
};

/** Pods of one workload that no policy can tell apart share a verdict, but for a node and its own pods. */
const idOf = (reach: Reach, end: Endpoint): string =>
  isPod(end) ? `${reach.classOf(end).index} ${workloadName(end)} ${end.hostNetwork ? end.node : ''}` : end.address;

const nodeOf = ({ from, to }: Reading): string | undefined =>
  isPod(from) && from.hostNetwork === true && isPod(to) ? to.node : undefined;

/** Judges observed connections: today, and with the previewed policies. */
export class Judge {
  readonly #before: Reach;
  readonly #after: Reach;
  readonly #identifier: Identifier;
  readonly #changed: ReadonlySet<string>;
  readonly #compared = new Map<string, Compared>();

  constructor({ before, after, changed }: PreviewWorlds) {
    this.#before = new Reach(before);
    this.#after = new Reach(after.world);
    this.#identifier = new Identifier(after, [...before.policies, ...after.world.policies]);
    this.#changed = changed;
  }

  get after(): Reach {
    return this.#after;
  }

  of(observed: ObservedConnection): Judgment {
    const identified = this.#identifier.identify(observed);
    if ('exempt' in identified) return { observed, effect: 'Kept' };
    if ('readings' in identified) {
      const { readings } = identified;
      const [reading] = readings;
      const concerns = readings.some(({ from, to }) => this.#isChanged(from) || this.#isChanged(to));
      const judged: Judged = concerns ? judge(readings.map((one) => this.#compare(one))) : { effect: 'Kept' };
      return { observed, ...judged, ...(reading && { reading }) };
    }
    const concerns = this.#mayBeChanged(observed.source) || this.#mayBeChanged(observed.destination);
    return { observed, ...(concerns ? { effect: 'Unknown', reason: identified.unknown } : { effect: 'Kept' }) };
  }

  #isChanged(end: Endpoint): boolean {
    return isPod(end) && this.#changed.has(end.namespace);
  }

  /** An end that is not identified: an address may be that of any pod. */
  #mayBeChanged({ namespace, outside }: ObservedEnd): boolean {
    return namespace === undefined ? outside === undefined : this.#changed.has(namespace);
  }

  #compare(reading: Reading): Compared {
    const { from, to, traffic } = reading;
    const ends = [idOf(this.#after, from), idOf(this.#after, to), from === to, nodeOf(reading)];
    const key = [...ends, traffic.port, traffic.protocol].join('|');
    const known = this.#compared.get(key);
    if (known !== undefined) return known;
    const [was, is] = [this.#before, this.#after].map((reach) => reach.verdict(from, to, traffic));
    const compared = { was: was!, is: is! };
    this.#compared.set(key, compared);
    return compared;
  }
}

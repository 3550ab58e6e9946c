import { Bits } from './bits.ts';
import type { CompiledPolicy, CompiledRule } from './compiled-policy.ts';
import type { Match } from './match.ts';
import type { PodClass } from './party.ts';
import type { Traffic } from './ports.ts';
import type { Reach } from './reach.ts';
import type { Answer } from './verdict.ts';
import type { ReachPod } from './world.ts';

/** A declared port of the pods of a class. */
export interface Slot {
  readonly index: number;
  readonly of: PodClass;
  readonly traffic: Traffic;
}

/** @param slot of the destination */
type Answers = (to: ReachPod, slot: Slot) => Answer;

/** What is allowed surely, and perhaps. */
class Sets {
  readonly sure: Bits;
  readonly possible: Bits;
  /** No policy isolates: everything is allowed. */
  readonly open: boolean;

  constructor(size: number, open = false) {
    this.sure = new Bits(size);
    this.possible = new Bits(size);
    this.open = open;
  }

  add(n: number, match: Match): void {
    if (match === true) this.sure.add(n);
    if (match !== false) this.possible.add(n);
  }

  addAll({ sure, possible }: Sets): void {
    this.sure.addAll(sure);
    this.possible.addAll(possible);
  }

  answer(n: number): Answer {
    return this.open || this.sure.has(n) ? 'Yes' : this.possible.has(n) ? 'Unknown' : 'No';
  }
}

const slotsOf = (classes: readonly PodClass[]): Slot[] => {
  const slots: Slot[] = [];
  for (const of of classes) {
    const distinct = new Map(of.ports.map(({ port, protocol }) => [`${protocol} ${port}`, { port, protocol }]));
    for (const traffic of distinct.values()) slots.push({ index: slots.length, of, traffic });
  }
  return slots;
};

/**
 * Every verdict between the pods of a world at the ports that they declare, as answers without reasons. Rules become sets
 * of classes and of ports, so no verdict costs more than a look into two sets.
 */
export class Matrix {
  readonly #reach: Reach;
  readonly #classes: readonly PodClass[];
  readonly #slots: ReadonlyMap<PodClass, readonly Slot[]>;
  readonly #all: readonly Slot[];
  readonly #peers = new Map<CompiledRule, Sets>();
  readonly #egressRules = new Map<CompiledRule, Sets>();
  /** By the policies that isolate the source, over slots. */
  readonly #egress = new Map<readonly CompiledPolicy[], Sets>();
  /** By slot of the destination, over classes. */
  readonly #ingress: Sets[] = [];
  readonly #sources = new Map<ReachPod, Answers>();

  constructor(reach: Reach) {
    this.#reach = reach;
    for (const pod of reach.world.pods) reach.classOf(pod);
    this.#classes = reach.classes;
    this.#all = slotsOf(this.#classes);
    this.#slots = Map.groupBy(this.#all, ({ of }) => of);
  }

  /** The ports that a pod of the world declares. */
  slotsOf(pod: ReachPod): readonly Slot[] {
    return this.#slots.get(this.#reach.classOf(pod)) ?? [];
  }

  /** @param slot of the destination @returns the `allowed` of Reach.verdict */
  answer(from: ReachPod, to: ReachPod, slot: Slot): Answer {
    return this.from(from)(to, slot);
  }

  /** The same for a port that the destination need not declare, as one of another world. */
  answerAt(from: ReachPod, to: ReachPod, traffic: Traffic): Answer {
    const slot = this.slotsOf(to).find(({ traffic: t }) => t.port === traffic.port && t.protocol === traffic.protocol);
    return slot === undefined ? this.#reach.verdict(from, to, traffic).allowed : this.answer(from, to, slot);
  }

  /** The answers for one source, whose policies are looked up once. */
  from(from: ReachPod): Answers {
    const known = this.#sources.get(from);
    if (known !== undefined) return known;
    const answers = this.#answersOf(from);
    this.#sources.set(from, answers);
    return answers;
  }

  #answersOf(from: ReachPod): Answers {
    const source = this.#reach.classOf(from);
    const decided: Answers = (to, { traffic }) => this.#reach.verdict(from, to, traffic).allowed;
    // The node decides too, and a class has none.
    if (source.hostNetwork || source.index >= this.#classes.length) return decided;
    if (source.finished) return () => 'No';
    const sets = this.#egressOf(source);
    return (to, slot) => {
      // A pod reaches itself.
      if (from === to) return decided(to, slot);
      const egress = slot.of.finished ? 'No' : sets.answer(slot.index);
      if (egress === 'No') return 'No';
      const ingress = this.#ingressOf(slot).answer(source.index);
      return egress === 'Yes' || ingress === 'No' ? ingress : egress;
    };
  }

  #egressOf(source: PodClass): Sets {
    const policies = this.#reach.isolating(source, 'Egress');
    const known = this.#egress.get(policies);
    if (known !== undefined) return known;
    const sets = new Sets(this.#all.length, policies.length === 0);
    for (const rule of policies.flatMap(({ rules }) => rules)) sets.addAll(this.#egressRule(rule));
    this.#egress.set(policies, sets);
    return sets;
  }

  #egressRule(rule: CompiledRule): Sets {
    const known = this.#egressRules.get(rule);
    if (known !== undefined) return known;
    const sets = new Sets(this.#all.length);
    for (const of of this.#classes) {
      const peer = rule.peers(of);
      if (peer === false) continue;
      for (const { index, traffic } of this.#slots.get(of) ?? []) {
        const ports = rule.ports(traffic, of);
        if (ports !== false) sets.add(index, peer === true ? ports : peer);
      }
    }
    this.#egressRules.set(rule, sets);
    return sets;
  }

  #ingressOf(slot: Slot): Sets {
    const known = this.#ingress[slot.index];
    if (known !== undefined) return known;
    const policies = this.#reach.isolating(slot.of, 'Ingress');
    const sets = new Sets(this.#classes.length, policies.length === 0);
    for (const rule of policies.flatMap(({ rules }) => rules)) {
      const ports = rule.ports(slot.traffic, slot.of);
      if (ports === true) sets.addAll(this.#peersOf(rule));
      else if (ports !== false) sets.possible.addAll(this.#peersOf(rule).possible);
    }
    this.#ingress[slot.index] = sets;
    return sets;
  }

  #peersOf(rule: CompiledRule): Sets {
    const known = this.#peers.get(rule);
    if (known !== undefined) return known;
    const sets = new Sets(this.#classes.length);
    for (const of of this.#classes) sets.add(of.index, rule.peers(of));
    this.#peers.set(rule, sets);
    return sets;
  }
}

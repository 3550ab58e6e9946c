import type { CompiledPolicy } from './compiled-policy.ts';
import type { PodClass } from './party.ts';
import type { Traffic } from './ports.ts';
import type { Reach } from './reach.ts';
import type { RuleSets, Slot } from './rule-sets.ts';
import { Sets } from './sets.ts';
import type { Answer } from './verdict.ts';
import type { ReachPod } from './world.ts';

export type { Slot } from './rule-sets.ts';

/** @param slot of the destination */
type Answers = (to: ReachPod, slot: Slot) => Answer;

/**
 * Every verdict between the pods of a world at the ports that they declare, as answers without reasons. Rules become sets
 * of classes and of ports, so no verdict costs more than a look into two sets.
 */
export class Matrix {
  readonly #reach: Reach;
  readonly #rules: RuleSets;
  /** By the policies that isolate the source, over slots. */
  readonly #egress = new Map<readonly CompiledPolicy[], Sets>();
  /** By the policies that isolate the destination and by which of their rules have the port, over classes. */
  readonly #ingressByRules = new Map<readonly CompiledPolicy[], Map<string, Sets>>();
  /** By slot of the destination. */
  readonly #ingress: Sets[] = [];
  readonly #sources = new Map<ReachPod, Answers>();

  constructor(reach: Reach) {
    this.#reach = reach;
    this.#rules = reach.ruleSets;
  }

  /** The ports that a pod of the world declares. */
  slotsOf(pod: ReachPod): readonly Slot[] {
    return this.#rules.slotsOf(this.#reach.classOf(pod));
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
    if (source.hostNetwork || source.index >= this.#rules.classes.length) return decided;
    if (source.finished) return () => 'No';
    const sets = this.egressOf(source);
    return (to, slot) => {
      // A pod reaches itself.
      if (from === to) return decided(to, slot);
      const egress = slot.of.finished ? 'No' : sets.answer(slot.index);
      if (egress === 'No') return 'No';
      const ingress = this.ingressOf(slot).answer(source.index);
      return egress === 'Yes' || ingress === 'No' ? ingress : egress;
    };
  }

  /** The slots to which the policies of a source let it connect. */
  egressOf(source: PodClass): Sets {
    const policies = this.#reach.isolating(source, 'Egress');
    if (policies.length === 0) return this.#rules.everySlot;
    const known = this.#egress.get(policies);
    if (known !== undefined) return known;
    const sets = new Sets(this.#rules.slots.length);
    for (const rule of policies.flatMap(({ rules }) => rules))
      sets.addCommon(this.#rules.destinations(rule), this.#rules.ports(rule));
    this.#egress.set(policies, sets);
    return sets;
  }

  /** The classes that the policies of a destination let connect to it. Equal ones are mostly one object. */
  ingressOf(slot: Slot): Sets {
    const known = this.#ingress[slot.index];
    if (known !== undefined) return known;
    const sets = this.#ingressAt(slot);
    this.#ingress[slot.index] = sets;
    return sets;
  }

  #ingressAt({ index, of }: Slot): Sets {
    const policies = this.#reach.isolating(of, 'Ingress');
    if (policies.length === 0) return this.#rules.everyClass;
    const rules = policies
      .flatMap((policy) => policy.rules)
      .map((rule) => ({ rule, match: this.#rules.ports(rule).answer(index) }));
    const byRules = this.#ingressByRules.get(policies) ?? new Map<string, Sets>();
    this.#ingressByRules.set(policies, byRules);
    const key = rules.map(({ match }) => match[0]).join('');
    const known = byRules.get(key);
    if (known !== undefined) return known;
    const sets = new Sets(this.#rules.classes.length);
    for (const { rule, match } of rules) {
      if (match === 'Yes') sets.addAll(this.#rules.peers(rule));
      else if (match === 'Unknown') sets.possible.addAll(this.#rules.peers(rule).possible);
    }
    byRules.set(key, sets);
    return sets;
  }
}

// suite: all, faults
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NetworkSection } from '../../../../src/api/policy.ts';
import type { CachedChild } from '../../../../src/policy/children/cached-child.ts';
import type { NetworkPolicyChild } from '../../../../src/policy/children/kinds.ts';
import type { NetworkContext } from '../../../../src/policy/sections/network/context.ts';
import { deletionOrder } from '../../../../src/policy/sections/network/deletion-order.ts';
import { renderNetwork } from '../../../../src/policy/sections/network/render.ts';
import { sized } from '../../../harness/size.ts';
import { contexts, drafts, histories, STYLES, sections } from './arbitrary.ts';
import {
  DIRECTIONS,
  type Effect,
  EVERYTHING,
  effectOf,
  isSubset,
  OWN_NAMESPACE,
  PODS,
  type Reach,
  reachBySpec,
  reachUnder,
} from './semantics.ts';

const POLICY = { name: 'payments', namespace: OWN_NAMESPACE };
const OPTIONS = { seed: 20261124 };
/** A fifth of them usually. */
const runs = (long: number): number => sized(long / 5, long);

/** What a section says in a cluster, and what is rendered from it. */
interface Situation {
  readonly reach: Reach;
  readonly policies: readonly NetworkPolicyChild[];
}

const situation = (section: NetworkSection, context: NetworkContext): Situation => ({
  reach: reachBySpec(section, context),
  policies: renderNetwork(POLICY, section, context).policies,
});

type Live = ReadonlyMap<string, NetworkPolicyChild>;

const NOTHING: Live = new Map();
const ANYTHING: Reach = DIRECTIONS.flatMap(() => PODS.map(() => EVERYTHING));

const viewOf = (child: NetworkPolicyChild): CachedChild => ({
  ...child,
  metadata: { ...child.metadata, uid: child.metadata.name, resourceVersion: '1' },
  foreignManagers: [],
  generated: true,
});

/** All states of the namespace on the way, as the network step goes it: apply by name in order, then delete what is stale. */
const statesBetween = (from: Live, policies: readonly NetworkPolicyChild[]): Live[] => {
  const states = [from];
  const go = (change: (live: Map<string, NetworkPolicyChild>) => void): void => {
    const next = new Map(states.at(-1));
    change(next);
    states.push(next);
  };
  for (const policy of policies) go((live) => live.set(policy.metadata.name, policy));
  const wanted = new Set(policies.map((p) => p.metadata.name));
  const stale = [...from.values()].filter((p) => !wanted.has(p.metadata.name));
  for (const { metadata } of deletionOrder(stale.map(viewOf))) go((live) => live.delete(metadata.name));
  return states;
};

const liveOf = (policies: readonly NetworkPolicyChild[]): Live => new Map(policies.map((p) => [p.metadata.name, p]));

const effects = new WeakMap<NetworkPolicyChild, Effect>();
const reachIn = (live: Live): Reach =>
  reachUnder(
    [...live.values()].map((policy) => {
      const effect = effects.get(policy) ?? effectOf(policy.spec);
      effects.set(policy, effect);
      return effect;
    }),
  );

const where = (index: number): string =>
  `${DIRECTIONS[Math.floor(index / PODS.length)]} of ${JSON.stringify(PODS[index % PODS.length])}`;

/** What all ends of a way allow is allowed in every state on it, and nothing that none of them allows. */
const assertBetween = (states: readonly Live[], ends: readonly Reach[]): void => {
  const all = ANYTHING.map((_, i) => ends.reduce((a, end) => a & end[i]!, EVERYTHING));
  const any = ANYTHING.map((_, i) => ends.reduce((a, end) => a | end[i]!, 0n));
  for (const [step, live] of states.entries()) {
    const reach = reachIn(live);
    const refused = reach.findIndex((flows, i) => !isSubset(all[i]!, flows));
    assert.is(refused, -1, `step ${step} of ${states.length - 1} refuses allowed traffic: ${where(refused)}`);
    const open = reach.findIndex((flows, i) => !isSubset(flows, any[i]!));
    assert.is(open, -1, `step ${step} of ${states.length - 1} allows refused traffic: ${where(open)}`);
  }
};

test('the world is large enough to distinguish pods, remotes and ports', () => {
  assert.is(PODS.length, 64);
  assert.is(EVERYTHING, (1n << 45n) - 1n);
});

test('the generator makes many groups, isolated pods and pods without isolation', () => {
  const samples = fc.sample(fc.tuple(sections, contexts), { ...OPTIONS, numRuns: 300 }).map((s) => situation(...s));
  const count = (is: (s: Situation) => boolean): number => samples.filter(is).length;
  assert.ok(count((s) => s.policies.length >= 5) >= 60, `${samples.map((s) => s.policies.length)}`);
  assert.ok(count((s) => s.reach.includes(0n)) >= 60);
  assert.ok(count((s) => s.reach.slice(0, PODS.length).some((flows) => flows !== 0n && flows !== EVERYTHING)) >= 60);
  assert.ok(count((s) => new Set(s.reach).size >= 5) >= 60);
});

test('the rendered policies allow exactly the traffic of the section', () => {
  fc.assert(
    fc.property(sections, contexts, (section, context) => {
      const { policies, reach } = situation(section, context);
      assert.equal(reachIn(liveOf(policies)), reach);
    }),
    { ...OPTIONS, numRuns: runs(800) },
  );
});

test('the same section in another wording renders to the same bytes', () => {
  fc.assert(
    fc.property(drafts, contexts, (draft, context) => {
      const [a, b] = STYLES.map((style) => JSON.stringify(renderNetwork(POLICY, draft(style), context)));
      assert.is(a, b);
    }),
    { ...OPTIONS, numRuns: runs(500) },
  );
});

test('names differ, and a name stands for the same pods and direction in every section', () => {
  fc.assert(
    fc.property(histories, contexts, (history, context) => {
      const seen = new Map<string, string>();
      for (const section of history) {
        const { policies } = situation(section, context);
        const names = policies.map((p) => p.metadata.name);
        assert.is(new Set(names).size, names.length);
        assert.is(names.at(-1), 'payments-base-64bd066f');
        for (const { metadata, spec } of policies.slice(0, -1)) {
          const meaning = JSON.stringify([spec.podSelector, spec.policyTypes]);
          assert.is(seen.get(metadata.name) ?? meaning, meaning);
          seen.set(metadata.name, meaning);
        }
      }
    }),
    { ...OPTIONS, numRuns: runs(300) },
  );
});

test('while a section is applied for the first time, no pod is isolated with less than it is allowed', () => {
  fc.assert(
    fc.property(sections, contexts, (section, context) => {
      const to = situation(section, context);
      assertBetween(statesBetween(NOTHING, to.policies), [ANYTHING, to.reach]);
    }),
    { ...OPTIONS, numRuns: runs(500) },
  );
});

test('while one section replaces another, common traffic is never refused and foreign traffic never allowed', () => {
  fc.assert(
    fc.property(histories, contexts, contexts, (history, before, after) => {
      const [from, to] = [situation(history[0], before), situation(history[1], after)];
      const states = statesBetween(liveOf(from.policies), to.policies);
      assert.equal(reachIn(states.at(-1)!), to.reach);
      assertBetween(states, [from.reach, to.reach]);
    }),
    { ...OPTIONS, numRuns: runs(500) },
  );
});

test('the same when a change stops half-way and a third section follows', () => {
  fc.assert(
    fc.property(histories, contexts, fc.nat(), (history, context, stop) => {
      const [from, given, to] = history.map((section) => situation(section, context));
      const half = statesBetween(liveOf(from!.policies), given!.policies);
      const states = statesBetween(half[stop % half.length]!, to!.policies);
      assert.equal(reachIn(states.at(-1)!), to!.reach);
      assertBetween(states, [from!.reach, given!.reach, to!.reach]);
    }),
    { ...OPTIONS, numRuns: runs(500) },
  );
});

test('the same when a change stops half-way and everything is withdrawn', () => {
  fc.assert(
    fc.property(histories, contexts, fc.nat(), (history, context, stop) => {
      const [from, given] = history.map((section) => situation(section, context));
      const half = statesBetween(liveOf(from!.policies), given!.policies);
      const states = statesBetween(half[stop % half.length]!, []);
      assert.is(states.at(-1)!.size, 0);
      assertBetween(states, [from!.reach, given!.reach, ANYTHING]);
    }),
    { ...OPTIONS, numRuns: runs(300) },
  );
});

test('while a section is withdrawn, its allowed traffic is never refused', () => {
  fc.assert(
    fc.property(sections, contexts, (section, context) => {
      const from = situation(section, context);
      const states = statesBetween(liveOf(from.policies), []);
      assert.is(states.at(-1)!.size, 0);
      assertBetween(states, [from.reach, ANYTHING]);
    }),
    { ...OPTIONS, numRuns: runs(500) },
  );
});

test.run();

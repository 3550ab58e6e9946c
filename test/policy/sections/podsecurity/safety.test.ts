// suite: all, faults
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { NamespaceLabels, OwnedLabel } from '../../../../src/policy/namespace.ts';
import { type Claim, candidates, decideLabels } from '../../../../src/policy/sections/podsecurity/decide.ts';
import { compareStandards } from '../../../../src/policy/sections/podsecurity/level.ts';
import { sized } from '../../../harness/size.ts';
import { applyLabels, OURS, strength, strengthOf, withoutOurs } from './world.ts';

const OPTIONS = { seed: 20261124, numRuns: sized(1000, 5000) };
const MODES = ['enforce', 'audit', 'warn'] as const;

const levels = fc.constantFrom('privileged' as const, 'baseline' as const, 'restricted' as const);
const versions = fc.constantFrom('latest', 'v1.9', 'v1.30');

const claims: fc.Arbitrary<Claim[]> = fc.uniqueArray(
  fc.record({
    policy: fc.constantFrom('a', 'b', 'c', 'd'),
    level: levels,
    version: versions,
    onViolation: fc.constantFrom('Wait' as const, 'Enforce' as const),
  }),
  { selector: (c) => c.policy, maxLength: 4 },
);

const managers = fc.constantFrom<string[]>([OURS], [OURS], ['kustomize-controller'], ['kubectl-label', OURS], []);
const ourManager = fc.constant<string[]>([OURS]);

const labelsHeldBy = (held: fc.Arbitrary<string[]>): fc.Arbitrary<NamespaceLabels> => {
  const label = (value: fc.Arbitrary<string>): fc.Arbitrary<OwnedLabel | undefined> =>
    fc.option(fc.record({ value, managers: held }), { nil: undefined });
  const of = (mode: string) =>
    fc
      .tuple(label(levels), label(versions))
      .map(([level, version]) => [
        ...(level === undefined ? [] : [[`pod-security.kubernetes.io/${mode}`, level] as const]),
        ...(version === undefined ? [] : [[`pod-security.kubernetes.io/${mode}-version`, version] as const]),
      ]);
  return fc.tuple(...MODES.map(of)).map((modes) => new Map(modes.flat()));
};

const anyLabels = labelsHeldBy(managers);
const ourLabels = labelsHeldBy(ourManager);

/** The weakest standard that existing pods violate; all that are stricter are violated too. */
const dirtyFrom = fc.constantFrom(1000, 1009, 1030, 1999, 2009, 2030, 2999, Number.POSITIVE_INFINITY);

/** Asks as PodSecurityStep does, of pods that violate everything from some strength on. */
const inquire = (all: readonly Claim[], labels: NamespaceLabels, dirty: number): Claim | undefined =>
  candidates(all, labels).find(({ claim, ask }) => !ask || strengthOf(claim.level, claim.version) < dirty)?.claim;

const decide = (all: readonly Claim[], labels: NamespaceLabels, dirty: number) =>
  decideLabels(all, labels, inquire(all, labels, dirty));

const settle = (all: readonly Claim[], labels: NamespaceLabels, dirty: number): NamespaceLabels =>
  applyLabels(labels, decide(all, labels, dirty).labels);

const PREFIX = 'pod-security.kubernetes.io/';
/** Whether both level and version are at least those. Independent of src/policy. */
const meets = (labels: NamespaceLabels, mode: string, claim: { level: string; version: string }): boolean => {
  const rank = ['privileged', 'baseline', 'restricted'];
  const age = ['v1.9', 'v1.30', 'latest'];
  const level = labels.get(PREFIX + mode)?.value;
  if (level === undefined) return false;
  if (claim.level === 'privileged') return true;
  const version = labels.get(`${PREFIX}${mode}-version`)?.value ?? 'latest';
  return rank.indexOf(level) >= rank.indexOf(claim.level) && age.indexOf(version) >= age.indexOf(claim.version);
};
/** Claims of which each can be compared with each other. */
const isChain = (all: readonly Claim[]): boolean =>
  all.every((a) => all.every((b) => compareStandards(a, b) !== undefined));

const strictest = (all: readonly Claim[]): number => Math.max(...all.map((c) => strengthOf(c.level, c.version)));

test('the order of the claims does not matter', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, fc.nat(), (all, labels, dirty, turn) => {
      const turned = [...all.slice(turn % (all.length + 1)), ...all.slice(0, turn % (all.length + 1))];
      for (const other of [turned, all.toReversed()]) {
        assert.equal(candidates(other, labels), candidates(all, labels));
        assert.equal(decide(other, labels, dirty), decide(all, labels, dirty));
      }
    }),
    OPTIONS,
  );
});

test('a decision never meets a conflict', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, (all, labels, dirty) => {
      settle(all, labels, dirty);
    }),
    OPTIONS,
  );
});

test('labels of other clients are never weakened', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, (all, labels, dirty) => {
      const after = settle(all, labels, dirty);
      for (const mode of MODES) {
        const theirs = strength(withoutOurs(labels), mode);
        assert.ok(strength(after, mode) >= theirs, `${mode}: ${strength(after, mode)} < ${theirs}`);
      }
      for (const [key, { value }] of withoutOurs(labels)) assert.is(after.get(key)?.value, value);
    }),
    OPTIONS,
  );
});

test('what one claim has in force is never weakened by another claim, in any mode', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, fc.boolean(), (all, labels, dirty, hold) => {
      const accepted = inquire(all, labels, dirty);
      const after = applyLabels(labels, decideLabels(all, labels, accepted, hold).labels);
      for (const mode of MODES) {
        for (const claim of all.filter((c) => meets(labels, mode, c)))
          assert.ok(meets(after, mode, claim), `${mode} of ${claim.policy}`);
      }
    }),
    OPTIONS,
  );
});

test('a policy at rest keeps every label of ours as strict as it is', () => {
  fc.assert(
    fc.property(claims, ourLabels, dirtyFrom, (all, labels, dirty) => {
      const after = applyLabels(labels, decideLabels(all, labels, inquire(all, labels, dirty), true).labels);
      for (const mode of MODES) {
        const level = labels.get(PREFIX + mode)?.value;
        const version = labels.get(`${PREFIX}${mode}-version`)?.value ?? 'latest';
        if (level !== undefined) assert.ok(meets(after, mode, { level, version }), mode);
      }
    }),
    OPTIONS,
  );
});

test('an enforced level is never lowered below the strictest claim', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, (all, labels, dirty) => {
      fc.pre(all.length > 0);
      const before = Math.min(strength(labels, 'enforce'), strictest(all));
      const after = strength(settle(all, labels, dirty), 'enforce');
      assert.ok(after >= before, `${after} < ${before}`);
    }),
    OPTIONS,
  );
});

test('a level that existing pods violate is not newly enforced while every claim of it waits', () => {
  fc.assert(
    fc.property(claims, ourLabels, dirtyFrom, (all, labels, dirty) => {
      const before = strength(labels, 'enforce');
      const after = strength(settle(all, labels, dirty), 'enforce');
      const forced = all.filter((c) => c.onViolation === 'Enforce').map((c) => strengthOf(c.level, c.version));
      if (after > before && after >= dirty) assert.ok(forced.includes(after), `${before} → ${after}`);
    }),
    OPTIONS,
  );
});

test('without other clients, with clean pods and all claims: exactly the strictest, in every mode', () => {
  fc.assert(
    fc.property(claims, ourLabels, (all, labels) => {
      fc.pre(all.length > 0 && isChain(all));
      const { conflicts } = decide(all, labels, Number.POSITIVE_INFINITY);
      const after = settle(all, labels, Number.POSITIVE_INFINITY);
      assert.equal(conflicts, []);
      assert.equal(
        MODES.map((mode) => strength(after, mode)),
        MODES.map(() => strictest(all)),
      );
    }),
    OPTIONS,
  );
});

test('a second decision changes nothing', () => {
  fc.assert(
    fc.property(claims, ourLabels, dirtyFrom, (all, labels, dirty) => {
      const once = settle(all, labels, dirty);
      assert.equal([...settle(all, once, dirty)], [...once]);
    }),
    OPTIONS,
  );
});

// What is left after a release may be stricter than what was there with us, so a second look may find more to share.
test('decisions converge beside other clients too', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, (all, labels, dirty) => {
      const twice = settle(all, settle(all, labels, dirty), dirty);
      assert.equal([...settle(all, twice, dirty)], [...twice]);
    }),
    OPTIONS,
  );
});

test('claims that come one after the other end as claims that come at once, in any order', () => {
  fc.assert(
    fc.property(claims, dirtyFrom, (all, dirty) => {
      fc.pre(isChain(all));
      const oneByOne = (ordered: readonly Claim[]): NamespaceLabels =>
        ordered.reduce<NamespaceLabels>((labels, _, i) => settle(ordered.slice(0, i + 1), labels, dirty), new Map());
      const sorted = (labels: NamespaceLabels) => [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
      const atOnce = sorted(settle(all, new Map(), dirty));
      assert.equal(sorted(oneByOne(all)), atOnce);
      assert.equal(sorted(oneByOne(all.toReversed())), atOnce);
    }),
    OPTIONS,
  );
});

test('without claims every label of ours is released and none of other clients', () => {
  fc.assert(
    fc.property(anyLabels, (labels) => {
      const decision = decide([], labels, 0);
      assert.equal(decision, { labels: {}, conflicts: [] });
      const after = applyLabels(labels, decision.labels);
      assert.not.ok([...after.values()].some((l) => l.managers.includes(OURS)));
      assert.equal([...after.keys()], [...withoutOurs(labels).keys()]);
    }),
    OPTIONS,
  );
});

test('a claim without effect has a reason: it waits, or another client holds a label', () => {
  fc.assert(
    fc.property(claims, anyLabels, dirtyFrom, (all, labels, dirty) => {
      fc.pre(all.length > 0 && isChain(all));
      const { conflicts } = decide(all, labels, dirty);
      const after = settle(all, labels, dirty);
      const missing = (mode: string): boolean => strength(after, mode) < strictest(all);
      const named = (mode: string): boolean =>
        conflicts.some((c) =>
          [`pod-security.kubernetes.io/${mode}`, `pod-security.kubernetes.io/${mode}-version`].includes(c.label),
        );
      for (const mode of ['audit', 'warn']) assert.ok(!missing(mode) || named(mode), mode);
      assert.ok(!missing('enforce') || named('enforce') || strictest(all) >= dirty);
      for (const { label, value, manager } of conflicts) {
        assert.is(labels.get(label)?.value, value);
        assert.ok(manager === 'before-first-apply' || labels.get(label)?.managers.includes(manager));
        assert.is.not(manager, OURS);
      }
    }),
    OPTIONS,
  );
});

test.run();

// suite: tools
// timeout: 1200s
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askCyclonus, askSelectors } from '../../hack/reach/ask.ts';
import { selects } from '../../src/api/selector.ts';
import type { Doubt } from '../../src/reach/match.ts';
import { Matrix } from '../../src/reach/matrix.ts';
import type { Traffic } from '../../src/reach/ports.ts';
import { Reach } from '../../src/reach/reach.ts';
import { type End, type Endpoint, isPod, type Verdict } from '../../src/reach/verdict.ts';
import { labels, type PartlyKnown, partlyKnown, selector } from './arbitrary-world.ts';
import { asKubernetes, asWritten, oracleTraffic, withoutAddresses } from './cyclonus-worlds.ts';

const WORLDS = 2500;
const SELECTORS = 4000;
const SEED = Number(process.env.PALISADE_SEED ?? 16);

const TRAFFIC: Traffic[] = [
  ...[8080, 80, 53, 8443].map((port): Traffic => ({ port, protocol: 'TCP' })),
  ...[53, 8080].map((port): Traffic => ({ port, protocol: 'UDP' })),
  { port: 9, protocol: 'SCTP' },
];

/** One end of a connection, as Cyclonus decides. */
interface Theirs {
  /** Of the policies as they are written. */
  readonly written: boolean;
  /** Of the same policies, in words that Cyclonus takes as Kubernetes does. */
  readonly kubernetes: boolean;
  /** The same, where no address is a pod's. */
  readonly withoutAddresses: boolean;
}

interface Compared {
  readonly verdict: Verdict;
  readonly end: End;
  readonly theirs: Theirs;
}

const doubtsOf = ({ mayAllow, doubt }: End): Set<Doubt> =>
  new Set([...mayAllow.map((rule) => rule.doubt), ...(doubt ? [doubt] : [])]);

const isAllowed = ({ state }: End): boolean => ['NotGoverned', 'NotIsolated', 'Allowed'].includes(state);
const isUnknown = ({ end: { state } }: Compared): boolean => state === 'Unknown';
const isExempt =
  (exemption: End['exemption']) =>
  ({ end }: Compared): boolean =>
    end.state === 'NotGoverned' && end.exemption === exemption;

/** Doubts that are about a rule that matches, if it does not matter what plug-ins differ on. */
const PLUGIN_DOUBTS: ReadonlySet<Doubt> = new Set([
  ...(['PodByAddress', 'NodeByAddress', 'HostNetworkPeer', 'HostNetworkPort', 'AmbiguousPortName'] as const),
]);

/** Each difference that there may be, with its reason. */
const EXPLANATIONS: Readonly<Record<string, (compared: Compared) => boolean>> = {
  // labels.Requirement.Matches selects an object without the label; matchLabels needs the label, be its value empty.
  'Cyclonus takes NotIn and empty values of matchLabels otherwise than Kubernetes': ({ end, theirs }) =>
    end.state !== 'NotGoverned' &&
    end.state !== 'Finished' &&
    end.state !== 'Unknown' &&
    isAllowed(end) === theirs.kubernetes,
  'Cyclonus knows no host network': isExempt('HostNetwork'),
  'Cyclonus knows no nodes': isExempt('OwnNode'),
  'Cyclonus does not say that a pod reaches itself': isExempt('Itself'),
  'Cyclonus knows no finished pods': ({ end }) => end.state === 'Finished',
  'Cyclonus matches pods by address, as some plug-ins do': (compared) =>
    isUnknown(compared) &&
    [...doubtsOf(compared.end)].every((doubt) => doubt === 'PodByAddress' || doubt === 'NodeByAddress') &&
    compared.theirs.kubernetes &&
    !compared.theirs.withoutAddresses,
  'Cyclonus knows no host network, nor names of several ports': (compared) =>
    isUnknown(compared) &&
    [...doubtsOf(compared.end)].every((doubt) => PLUGIN_DOUBTS.has(doubt)) &&
    compared.theirs.kubernetes,
  'Cyclonus is told the address of the pod': (compared) =>
    isUnknown(compared) && doubtsOf(compared.end).has('NoAddressYet') && compared.end.allowedBy.length === 0,
  'Cyclonus is told the labels of the namespace': (compared) =>
    isUnknown(compared) && doubtsOf(compared.end).has('NamespaceLabelsUnknown'),
  'Cyclonus does not know that a node reaches its own pods': ({ verdict: { from, to }, end, theirs }) =>
    end.doubt === 'NodeUnknown' &&
    isPod(from) &&
    from.hostNetwork === true &&
    isPod(to) &&
    (from.node === undefined || to.node === undefined) &&
    (end.mayAllow.length > 0 || !theirs.kubernetes),
};

const isSame = ({ end, theirs }: Compared): boolean =>
  end.state !== 'Unknown' && (end.state === 'Finished' ? false : isAllowed(end)) === theirs.written;

interface Asked {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly traffic: Traffic;
  /** Of the questions to Cyclonus. */
  readonly first: number;
  readonly last: number;
}

/** Every pair and port of a world, by the names of pods, since we are told less than Cyclonus. */
const questionsOf = ({ truth, outside }: PartlyKnown) => {
  const endpoints: Endpoint[] = [...truth.pods, ...outside.map((address) => ({ address }))];
  const traffic = [];
  const asked: Asked[] = [];
  for (const from of endpoints) {
    for (const to of endpoints) {
      if (!isPod(from) && !isPod(to)) continue;
      for (const of of TRAFFIC) {
        const first = traffic.length;
        traffic.push(...oracleTraffic(from, to, of, truth));
        asked.push({ from, to, traffic: of, first, last: traffic.length });
      }
    }
  }
  return { asked, traffic };
};

const any = (answers: readonly [boolean, boolean][], { first, last }: Asked, end: 0 | 1): boolean =>
  answers.slice(first, last).some((answer) => answer[end]);

test(`${WORLDS} random worlds: no difference from Cyclonus that is not explained`, async () => {
  const worlds = fc.sample(partlyKnown, { seed: SEED, numRuns: WORLDS });
  const counts = new Map(['the same', ...Object.keys(EXPLANATIONS)].map((what) => [what, 0]));
  const states = new Map<string, number>();
  const unexplained: object[] = [];
  for (let start = 0; start < worlds.length; start += 200) {
    const some = worlds.slice(start, start + 200).map((world) => ({ world, ...questionsOf(world) }));
    const answers = await askCyclonus(
      some.flatMap(({ world: { truth }, traffic }) => {
        const kubernetes = asKubernetes(truth.policies);
        const variants = [asWritten(truth.policies), kubernetes, withoutAddresses(kubernetes)];
        return variants.map((policies) => ({ policies, traffic }));
      }),
    );
    for (const [n, { world, asked }] of some.entries()) {
      const reach = new Reach(world.known);
      const ours = (endpoint: Endpoint): Endpoint =>
        isPod(endpoint) ? world.known.pods[world.truth.pods.indexOf(endpoint)]! : endpoint;
      const [written, kubernetes, without] = answers.slice(3 * n, 3 * n + 3);
      for (const one of asked) {
        const verdict = reach.verdict(ours(one.from), ours(one.to), one.traffic);
        for (const [index, end] of [verdict.egress, verdict.ingress].entries()) {
          const by = (of: [boolean, boolean][] | undefined): boolean => any(of!, one, index as 0 | 1);
          const theirs = { written: by(written), kubernetes: by(kubernetes), withoutAddresses: by(without) };
          const compared: Compared = { verdict, end, theirs };
          const found = isSame(compared)
            ? 'the same'
            : Object.entries(EXPLANATIONS).find(([, explains]) => explains(compared))?.[0];
          states.set(end.state, (states.get(end.state) ?? 0) + 1);
          if (found !== undefined) counts.set(found, counts.get(found)! + 1);
          else
            unexplained.push({
              direction: index === 0 ? 'egress' : 'ingress',
              ...compared,
              policies: world.truth.policies,
            });
        }
      }
    }
  }
  console.log(Object.fromEntries(counts), Object.fromEntries(states));
  assert.equal(JSON.stringify(unexplained.slice(0, 1), null, 1), '[]', `${unexplained.length} are not explained`);
  for (const [what, count] of counts) assert.ok(count > 100, `${what}: ${count}, so nothing tried it`);
});

test(`${WORLDS} random worlds: the matrix answers as verdicts do`, () => {
  let compared = 0;
  for (const { known } of fc.sample(partlyKnown, { seed: SEED + 1, numRuns: WORLDS })) {
    const reach = new Reach(known);
    const matrix = new Matrix(reach);
    for (const from of known.pods) {
      for (const to of known.pods) {
        for (const slot of matrix.slotsOf(to)) {
          assert.is(
            matrix.answer(from, to, slot),
            reach.verdict(from, to, slot.traffic).allowed,
            JSON.stringify(known),
          );
          compared += 1;
        }
      }
    }
  }
  assert.ok(compared > 10 * WORLDS);
});

test(`${SELECTORS} random selectors select as the API machinery of Kubernetes does`, async () => {
  const questions = fc.sample(fc.record({ selector, labels: fc.array(labels, { minLength: 5, maxLength: 5 }) }), {
    seed: SEED,
    numRuns: SELECTORS,
  });
  const answers = await askSelectors(questions);
  assert.equal(
    questions.map(({ selector: of, labels: sets }) => sets.map((set) => selects(of, set))),
    answers,
  );
});

test.run();

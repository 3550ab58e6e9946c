// suite: tools
// timeout: 1200s
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, askRuntimes, type Question } from '../../../hack/runtimes/ask.ts';
import { parsePlatform } from '../../../src/scan/registry/platform.ts';
import { type HostileImage, hostileImage } from './arbitrary-image.ts';
import { RECORDED } from './recorded-images.ts';
import { configOf, recordedImage } from './selecting.ts';

const IMAGES = 12_000;
const SEED = Number(process.env.PALISADE_SEED ?? 15);

/** The node's platform as the runtimes find it out; a Node does not report the variant. */
const nodes = (node: string): Question['platform'][] => {
  const platform = parsePlatform(node);
  const variants: Record<string, string[]> = { arm64: ['v8'], arm: ['v7', 'v8'] };
  const found = variants[platform.architecture]?.map((variant) => ({ ...platform, variant }));
  return found ?? [platform];
};

const answersFor = async (images: readonly HostileImage[]): Promise<Answer[][]> => {
  const questions = images.map(({ node, root, contents }) =>
    nodes(node).map((platform) => ({ platform, root, contents })),
  );
  const answers = await askRuntimes(questions.flat());
  const rest = answers.values();
  return questions.map((of) => of.map(() => rest.next().value!));
};

const runBy = (answers: readonly Answer[]): string[] => [
  ...new Set(answers.flatMap((answer) => Object.values(answer) as string[])),
];

/** A refusal of what a runtime may run: the message says that it is not known. */
const CAUTIOUS =
  /^AmbiguousIndex: .* has the field .* twice|^DamagedImage: .*(gives no size|by .*, not by sha256|index in an index in|claims to be .* at once)/;

const onlyBy = (name: keyof Answer, answers: readonly Answer[]): boolean =>
  answers.flatMap((answer) => Object.keys(answer)).every((key) => key === name);

/** A refusal of what CRI-O alone runs: an image without a platform in the index, whose configuration is of another one. */
const isCautiousOfCrio = (ours: string, answers: readonly Answer[]): boolean =>
  /^PlatformMismatch: |^DamagedImage: the configuration/.test(ours) && onlyBy('oci', answers);

const RUNTIMES: readonly (keyof Answer)[] = ['containerd', 'earlier', 'oci', 'docker'];

/** A refusal of what some runtime refuses: they do not know the same fields. */
const isCautiousOfTypes = (ours: string, answers: readonly Answer[]): boolean =>
  /^DamagedImage: .* wrong type in /.test(ours) &&
  answers.some((of) => RUNTIMES.some((name) => of[name] === undefined));

const differences = (ours: string, runs: readonly string[], answers: readonly Answer[]): string | undefined => {
  if (runs.length > 1) return /^(AmbiguousIndex|DamagedImage): /.test(ours) ? undefined : 'runtimes differ';
  const [one] = runs;
  if (one === undefined) return ours.startsWith('sha256:') ? 'no runtime runs it' : undefined;
  if (CAUTIOUS.test(ours) || isCautiousOfCrio(ours, answers) || isCautiousOfTypes(ours, answers)) return undefined;
  return ours === one ? undefined : 'a runtime runs another';
};

test(`of ${IMAGES} hostile images, each that is selected is the one that containerd and CRI-O run`, async () => {
  const images = fc.sample(hostileImage, { seed: SEED, numRuns: IMAGES });
  const answers = await answersFor(images);
  const found: object[] = [];
  const count = { run: 0, ambiguous: 0, none: 0, cautious: 0 };
  for (const [i, image] of images.entries()) {
    const ours = await configOf(image);
    const runs = runBy(answers[i]!);
    const difference = differences(ours, runs, answers[i]!);
    const text = image.contents.get(image.root)!.toString();
    if (difference !== undefined) found.push({ difference, node: image.node, ours, runs, answers: answers[i], text });
    if (runs.length > 1) count.ambiguous += 1;
    else if (runs.length === 0) count.none += 1;
    else if (ours === runs[0]) count.run += 1;
    else count.cautious += 1;
  }
  assert.equal(found.slice(0, 3), [], `${found.length} differences; ${JSON.stringify(count)}`);
  // The generator must not degenerate into images that nothing runs.
  assert.ok(count.run > IMAGES / 4, JSON.stringify(count));
  assert.ok(count.ambiguous > IMAGES / 100, JSON.stringify(count));
  assert.ok(count.cautious < IMAGES / 5, JSON.stringify(count));
  if (process.env.SHOW) console.log(JSON.stringify(count));
});

test('the recorded answers are those of the runtimes', async () => {
  const answers = await answersFor(RECORDED.map(({ node, index }) => recordedImage(node, index)));
  const names = recordedImage('linux/amd64', '{}').names;
  const recorded = RECORDED.map(({ what, runs }, i) => {
    const now = runBy(answers[i]!)
      .map((config) => names.get(config))
      .sort();
    return { what, runs: now, before: runs };
  });
  assert.equal(
    recorded.filter(({ runs, before }) => `${runs}` !== `${before}`),
    [],
  );
});

test.run();

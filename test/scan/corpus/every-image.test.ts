// suite: tools
// needs: scanner
// timeout: 2400s

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { adviceFor } from '../../../src/scan/findings/advice.ts';
import { blockingFindings } from '../../../src/scan/findings/compliance.ts';
import type { AnalyzedLayer } from '../../../src/scan/findings/coverage/analysis.ts';
import type { Coverage } from '../../../src/scan/findings/coverage/coverage.ts';
import { coverageOf } from '../../../src/scan/findings/coverage/coverage-of.ts';
import type { Finding } from '../../../src/scan/findings/finding.ts';
import type { Analysis } from '../../../src/scan/scanner/analysis/analysis.ts';
import { advised } from './advised.ts';
import { corpus } from './corpus.ts';
import { corpusDatabase } from './database.ts';
import { layerFacts, packageFacts, withoutLayerFact, withoutPackageFact } from './facts.ts';
import { type Comparison, compare, differencesOf } from './like-trivy-image.ts';
import { Modes, matched } from './modes.ts';
import { Oracle, updatedAt } from './oracle.ts';
import type { Outcome } from './outcome.ts';
import { twoAtATime } from './two-at-a-time.ts';

/** What the protocol of Trivy's server does not have: these images differ in mode server, and the match says why. */
const notKeptByServer: Readonly<Record<string, readonly string[]>> = {
  'Red Hat 8 with a module': ['Modularitylabel'],
  'Rocky Linux 8 with a module': ['Modularitylabel'],
  'AlmaLinux 8 with a module': ['Modularitylabel'],
};

/** A Job has no index of jars. */
const notKeptInJobs: readonly string[] = ['Java known by checksums and manifests'];

/** Where coverage and Trivy rightly disagree. */
const otherwiseCovered: Readonly<Record<string, readonly string[]>> = {
  // Trivy drops the package of another distribution that an SBOM lists; coverage counts it.
  'Wolfi with an SBOM of each package': ['4 packages instead of 3'],
  // Trivy lists the packages, and has no advisories for them.
  'CoreOS, which Trivy knows and matches with nothing': ['1 packages instead of 2'],
  // RapidFort's advisories are chosen for each package by the end of its version.
  'Red Hat 9 curated by RapidFort': ['redhat: found in rapidfort fedora 43'],
};

/** All findings that have a fix. */
const everyFix = { failOn: 'Low', ignoreUnfixed: true } as const;
/** What no advice can remove. */
const notSolved: Readonly<Record<string, readonly string[]>> = {};

/** As Trivy names them; openSUSE has two, and Debian's relatives are Debian. */
const everyDistribution = [
  ...['activestate', 'alma', 'alpine', 'amazon', 'azurelinux', 'bottlerocket', 'cbl-mariner', 'centos'],
  ...['centos-stream', 'chainguard', 'coreos', 'debian', 'echo', 'fedora', 'minimos', 'none', 'opensuse-leap'],
  ...['opensuse-tumbleweed', 'oracle', 'photon', 'redhat', 'rocky', 'slem', 'sles', 'ubuntu', 'wolfi'],
];

/** The languages that Trivy reads in images and has advisories of. */
const everyLanguage = [
  ...['bitnami', 'cargo', 'composer-vendor', 'dotnet-core', 'gemspec', 'gobinary', 'jar', 'julia', 'node-pkg', 'nuget'],
  ...['packages-props', 'python-pkg', 'rustbinary'],
];

const oracle = await Oracle.open(corpus);
const modes = await Modes.open(oracle);
const buckets = Object.keys(corpusDatabase(corpus).advisories);
const comparisons = await twoAtATime(oracle.images, (image) => compare(oracle, modes, image));
const every = suite('every image of the corpus');
every.after(async () => {
  await modes[Symbol.asyncDispose]();
  await oracle.close();
});

for (const [i, { row }] of oracle.images.entries()) {
  const { expected, differences, notKept } = comparisons[i]!;
  const { local = ['not compared'], server = [], job = [] } = differences;
  const { name, nothing } = row;

  every(`${name}: Trivy ${nothing === undefined ? 'finds something' : `finds nothing, since ${nothing}`}`, () => {
    const findings = typeof expected === 'string' ? [] : expected.findings;
    assert.is(findings.length === 0, nothing !== undefined, findings.join('\n'));
  });

  every(`${name}: analyzed once and matched later, it is what \`trivy image\` says`, () => {
    assert.equal(local, []);
    assert.equal(notKept, notKeptByServer[name] ?? []);
    assert.is(server.length > 0, name in notKeptByServer, server.join('\n'));
    assert.is(job.length > 0, notKeptInJobs.includes(name), job.join('\n'));
  });

  every(`${name}: with the advised versions, it has none of its findings that have a fix`, async () => {
    assert.equal(await unsolved(comparisons[i]!), notSolved[name] ?? []);
  });

  every(`${name}: its coverage names the advisories of each finding, and counts packages as Trivy does`, () => {
    if (typeof expected === 'string') return;
    assert.equal(misjudged(expected, coverageIn(comparisons[i]!)), otherwiseCovered[name] ?? []);
  });
}

every('has every distribution and language that Trivy knows in images', () => {
  const outcomes = comparisons.flatMap(({ expected }) => (typeof expected === 'string' ? [] : [expected]));
  const families = outcomes.map(({ os }) => os.split(' ')[0] ?? '');
  assert.equal([...new Set(families)].sort(), everyDistribution);
  const lines = outcomes.flatMap(({ findings }) => findings.filter((line) => line.startsWith('lang-pkgs')));
  assert.equal([...new Set(lines.map((line) => line.split(' | ')[1] ?? ''))].sort(), everyLanguage);
});

/** Findings that the advice promises to remove, and does not. */
async function unsolved({ findings, analysis }: Comparison): Promise<string[]> {
  const known = findings.map((one) => ({ ...one, firstSeenAt: updatedAt }));
  const advice = adviceFor(known, everyFix);
  if (advice.upgrades.length === 0) return [];
  const open = advice.upgrades.filter(({ to }) => !('version' in to || 'source' in to));
  const after = await matched(modes.local, advised(analysis, advice));
  if (typeof after.outcome === 'string') return [after.outcome];
  const lineOf = ({ id, package: name, installed }: Finding) => `${id} of ${name} ${installed}`;
  // A vulnerability that came with a later line is no finding of the old version.
  const before = new Set(findings.map(({ id, package: name }) => `${id} ${name}`));
  const isOpen = (name: string) => open.some(({ packages }) => packages.includes(name));
  return blockingFindings(
    after.findings.map((one) => ({ ...one, firstSeenAt: updatedAt })),
    everyFix,
  )
    .filter(({ id, package: name }) => before.has(`${id} ${name}`) && !isOpen(name))
    .map(lineOf);
}

function coverageIn({ analysis, os }: Comparison): Coverage {
  const { blobs } = JSON.parse(analysis.toString()) as Analysis;
  const layers = blobs.map(({ record }) => JSON.parse(record) as AnalyzedLayer);
  return coverageOf({ layers, unread: {}, buckets, ...(os && { os }) });
}

/** Where coverage and Trivy disagree. */
function misjudged({ matched }: Outcome, { sources, gaps }: Coverage): string[] {
  const advisoriesOf = new Map(sources.map(({ type, advisories }) => [type, advisories]));
  const wrong = Object.entries(matched).flatMap(([type, { buckets: used }]) =>
    used.filter((bucket) => !isOf(bucket, advisoriesOf.get(type))).map((bucket) => `${type}: found in ${bucket}`),
  );
  const sum = (counts: readonly (number | undefined)[]) => counts.reduce<number>((all, count = 0) => all + count, 0);
  // Trivy does not list packages that it has no detector for.
  const listed = gaps.filter(({ kind }) => kind !== 'UnsupportedDistribution');
  const [ours, theirs] = [
    sum([...sources.map((one) => one.packages), ...listed.map(({ count }) => count)]),
    sum(Object.values(matched).map(({ packages }) => packages)),
  ];
  return ours === theirs ? wrong : [...wrong, `${ours} packages instead of ${theirs}`];
}

/** Also of extended support, and of a supplier that rebuilds a distribution, whose buckets may name no version. */
function isOf(bucket: string, advisories: string | undefined): boolean {
  if (advisories === undefined) return false;
  const [, supplied] = /^(?:root\.io|seal|rapidfort) ([^:]+)/.exec(bucket) ?? [];
  if (supplied !== undefined) return supplied.startsWith(advisories) || advisories.startsWith(supplied);
  return ['', advisories, `${advisories}-ESM`].includes(bucket) || bucket.startsWith(`${advisories}::`);
}

/** Whether an image comes out differently when its analysis has lost something. */
async function isMissed(without: (analysis: Buffer) => Buffer | undefined): Promise<boolean> {
  for (const { expected, analysis } of comparisons) {
    const less = without(analysis);
    if (less !== undefined && differencesOf(expected, await matched(modes.local, less)).length > 0) return true;
  }
  return false;
}

for (const fact of layerFacts) {
  every(`the comparison would notice layers without ${fact}`, async () => {
    assert.ok(await isMissed((analysis) => withoutLayerFact(analysis, fact)));
  });
}
for (const fact of packageFacts) {
  every(`the comparison would notice packages without ${fact}`, async () => {
    assert.ok(await isMissed((analysis) => withoutPackageFact(analysis, fact)));
  });
}

every.run();

// suite: tools
// needs: scanner

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { readMatch } from '../../../src/scan/scanner/trivy/parse.ts';
import { corpus } from './corpus.ts';
import { type CorpusImage, until } from './corpus-image.ts';
import { compare, modeNames } from './like-trivy-image.ts';
import { analyzed, Modes } from './modes.ts';
import { Oracle } from './oracle.ts';
import { outcomeOf } from './outcome.ts';

/** Each has lost another fact once; `every-image.test.ts` has all of them, in `npm run test:tools`. */
const sharpest = [
  'Debian 12 with nginx of its maker',
  'Alpine edge',
  'Ubuntu 18.04 with extended support',
  'Red Hat 9 whose base says nothing and whose next layer has repositories',
  'Red Hat 10, whose repositories Trivy does not know',
  'Wolfi with an SBOM of each package',
  'Alpine 3.18 curated by RapidFort, whose first layer says so',
  'every language at once, beside a distribution',
  'a directory that a later layer makes anew',
];

const rows = corpus.filter(({ name }) => sharpest.includes(name));
const tzdata = { name: 'tzdata', version: '2026a-1' };
const fixed: CorpusImage = {
  name: 'Debian 12 without findings',
  layers: [debian('12.11', [tzdata])],
  advisories: [['debian 12', 'tzdata', until('2025b-1')]],
  nothing: 'its package is newer',
};
const unknown: CorpusImage = { ...fixed, name: 'Debian 99', layers: [debian('99.1', [tzdata])], advisories: [] };
const never = new AbortController().signal;
const oracle = await Oracle.open([...rows, fixed, unknown]);
const modes = await Modes.open(oracle);
const images = suite('an image, analyzed once and matched later');
images.after(async () => {
  await modes[Symbol.asyncDispose]();
  await oracle.close();
});

for (const [row, isKnown] of [
  [fixed, true],
  [unknown, false],
] as const) {
  images(`${row.name}: a server has ${isKnown ? '' : 'no '}advisories for it, though it finds nothing`, async () => {
    const made = oracle.images.find((image) => image.row === row)!;
    const match = await modes.server.match(await analyzed(modes, made), never);
    assert.equal(outcomeOf(match.output).findings, []);
    assert.is(match.isKnownToServer, isKnown);
    const { coverage } = readMatch(match);
    assert.equal(
      coverage?.gaps.map(({ kind }) => kind),
      isKnown ? [] : ['UnsupportedDistribution'],
    );
  });
}

images('are all in the corpus', () => assert.is(rows.length, sharpest.length));

for (const [i, image] of oracle.images.slice(0, rows.length).entries()) {
  images(`${image.row.name}: it is what \`trivy image\` says`, async () => {
    const names = i === 0 ? modeNames : (['local', 'server'] as const);
    const { expected, differences, notKept } = await compare(oracle, modes, image, names);
    const isFound = typeof expected !== 'string' && expected.findings.length > 0;
    assert.is(isFound, image.row.nothing === undefined);
    assert.equal(differences, Object.fromEntries(names.map((name) => [name, []])));
    assert.equal(notKept, []);
  });
}

images.run();

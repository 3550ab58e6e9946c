// suite: tools
// needs: scanner

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { corpus } from './corpus.ts';
import { compare, modeNames } from './like-trivy-image.ts';
import { Modes } from './modes.ts';
import { Oracle } from './oracle.ts';

/** Each has lost another fact once; `every-image.test.ts` has all of them, in `npm run test:tools`. */
const sharpest = [
  'Debian 12 with nginx of its maker',
  'Alpine edge',
  'Ubuntu 18.04 with extended support',
  'Red Hat 9 whose base says nothing and whose next layer has repositories',
  'Wolfi with an SBOM of each package',
  'Alpine 3.18 curated by RapidFort, whose first layer says so',
  'every language at once, beside a distribution',
  'a directory that a later layer makes anew',
];

const rows = corpus.filter(({ name }) => sharpest.includes(name));
const oracle = await Oracle.open(rows);
const modes = await Modes.open(oracle);
const images = suite('an image, analyzed once and matched later');
images.after(async () => {
  await modes[Symbol.asyncDispose]();
  await oracle.close();
});

images('are all in the corpus', () => assert.is(rows.length, sharpest.length));

for (const [i, image] of oracle.images.entries()) {
  images(`${image.row.name}: it is what \`trivy image\` says`, async () => {
    const names = i === 0 ? modeNames : (['local', 'server'] as const);
    const { expected, differences, notKept } = await compare(oracle, modes, image, names);
    assert.ok(typeof expected !== 'string' && expected.findings.length > 0);
    assert.equal(differences, Object.fromEntries(names.map((name) => [name, []])));
    assert.equal(notKept, []);
  });
}

images.run();

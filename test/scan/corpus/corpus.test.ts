import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { image } from '../../../hack/images/image.ts';
import { corpus } from './corpus.ts';
import type { CorpusImage } from './corpus-image.ts';
import { corpusDatabase } from './database.ts';
import { differences, outcomeOf } from './outcome.ts';

const images = suite('the corpus of images');

images('has at least 60 images, each of them another', async () => {
  assert.ok(corpus.length >= 60, `${corpus.length} images`);
  const digests = await Promise.all(corpus.map(async ({ layers }) => (await image({ layers })).digest));
  const twice = (values: readonly string[]) => values.filter((value, i) => values.indexOf(value) !== i);
  assert.equal(twice(corpus.map(({ name }) => name)), []);
  assert.equal(
    twice(digests).map((digest) => corpus[digests.lastIndexOf(digest)]?.name),
    [],
  );
});

images('are always the same bytes', async () => {
  for (const { name, layers } of corpus.filter((_, i) => i % 10 === 0)) {
    const [first, second] = [await image({ layers }), await image({ layers })];
    assert.is(first.digest, second.digest, name);
  }
});

images('have vulnerabilities of their own, and share those with a number', () => {
  const rows: CorpusImage['advisories'] = [
    ['debian 12', 'a', { fixed: '1' }],
    ['debian 12', 'a', { fixed: '2' }],
    ['debian 12', 'b', { fixed: '1' }, 7],
    ['root.io debian 12', 'b', { fixed: '3' }, 7],
  ];
  const one = { name: 'x', layers: [], advisories: rows };
  const { advisories, vulnerabilities, sources } = corpusDatabase([one, { ...one, name: 'again' }]);
  const counts = Object.values(advisories).map((packages) =>
    Object.values(packages).map((ids) => Object.keys(ids).length),
  );
  assert.equal(counts, [[2, 1], [1]]);
  assert.is(Object.keys(vulnerabilities).length, 3);
  assert.equal(Object.keys(advisories['root.io debian 12']?.b ?? {}), ['CVE-2097-7']);
  assert.equal([sources['debian 12']?.BaseID, sources['root.io debian 12']?.BaseID], [undefined, 'debian']);
});

const report = (Results: object, OS: object = { Family: 'debian', Name: '12', EOSL: true }): Buffer =>
  Buffer.from(JSON.stringify({ Metadata: { OS }, Results }));
const finding = { VulnerabilityID: 'CVE-1', PkgName: 'a', Severity: 'LOW', PkgIdentifier: { PURL: 'pkg:deb/a@1' } };
const found = (...Vulnerabilities: readonly object[]) => [
  { Target: 'app', Class: 'os-pkgs', Type: 'debian', Vulnerabilities },
];

for (const [what, other, expected] of [
  ['equal', report(found(finding)), []],
  ['the name of its archive', report(found(finding).map((one) => ({ ...one, Target: 'layout (debian 12)' }))), []],
  ['another severity', report(found({ ...finding, Severity: 'HIGH' })), [/^- .*LOW/, /^\+ .*HIGH/]],
  ['a finding twice', report(found(finding, finding)), [/^\+ os-pkgs \| debian/]],
  ['no finding', report([]), [/^- os-pkgs \| debian/]],
  [
    'no end of life',
    report(found(finding), { Family: 'debian', Name: '12' }),
    [/^- debian 12, after/, /^\+ debian 12$/],
  ],
  ['no distribution', report(found(finding), {}), [/^- debian/, /^\+ undefined/]],
  ['another kind', report(found(finding).map((one) => ({ ...one, Type: 'ubuntu' }))), [/^- .*debian/, /^\+ .*ubuntu/]],
] as const) {
  images(`a comparison with ${what}`, () => {
    const lines = differences(outcomeOf(report(found(finding))), outcomeOf(other));
    assert.is(lines.length, expected.length, lines.join('\n'));
    for (const [i, pattern] of expected.entries()) assert.match(lines[i] ?? '', pattern);
  });
}

images.run();

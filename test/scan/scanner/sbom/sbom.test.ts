import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanError } from '../../../../src/scan/scan-error.ts';
import { checkSbom, normalizeSbom } from '../../../../src/scan/scanner/sbom/sbom.ts';

const MOST = 2 ** 20;

/** As Trivy writes it: two Go programs with the same library in both, so that its purl is no name for it. */
function trivySbom(uuid: (n: number) => string, order: (n: number) => number = (n) => n): Buffer {
  const component = (ref: string, name: string, more = {}) => ({ 'bom-ref': ref, type: 'library', name, ...more });
  const components = [
    component(uuid(1), 'debian', { type: 'operating-system', version: '12' }),
    component('pkg:deb/debian/zlib1g@1.2', 'zlib1g'),
    component(uuid(2), 'usr/bin/a', { type: 'application' }),
    component(uuid(3), 'usr/bin/b', { type: 'application' }),
    component(uuid(4), 'golang.org/x/text', { purl: 'pkg:golang/golang.org/x/text@0.3.7' }),
    component(uuid(5), 'golang.org/x/text', { purl: 'pkg:golang/golang.org/x/text@0.3.7' }),
    component('pkg:golang/only/b@1', 'only/b'),
  ];
  const dependencies = [
    { ref: uuid(0), dependsOn: [uuid(1), uuid(2), uuid(3)] },
    { ref: uuid(1), dependsOn: ['pkg:deb/debian/zlib1g@1.2'] },
    { ref: uuid(2), dependsOn: [uuid(4)] },
    { ref: uuid(3), dependsOn: [uuid(5), 'pkg:golang/only/b@1'] },
    { ref: uuid(4), dependsOn: [] },
    { ref: uuid(5), dependsOn: [] },
  ];
  const sorted = <T>(list: T[]) => list.toSorted((a, b) => order(list.indexOf(a)) - order(list.indexOf(b)));
  return Buffer.from(
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: `urn:uuid:${uuid(9)}`,
      version: 1,
      metadata: { timestamp: new Date(order(0)).toISOString(), component: component(uuid(0), 'layout') },
      components: sorted(components),
      dependencies: sorted(dependencies),
      vulnerabilities: [],
    }),
  );
}

const plainUuid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const normalize = async (sbom: Buffer) => (await normalizeSbom(sbom, 'sha256:abc', 'image', MOST)).toString();

const sbom = suite('an SBOM');

sbom('of the same image is always the same bytes, whatever Trivy drew at random', async () => {
  const expected = await normalize(trivySbom(plainUuid));
  const uuids = fc.uniqueArray(fc.uuid(), { minLength: 10, maxLength: 10 });
  const ranks = fc.uniqueArray(fc.nat({ max: 1000 }), { minLength: 10, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(uuids, ranks, async (drawn, order) => {
      const sbom = trivySbom(
        (n) => drawn[n]!,
        (n) => order[n]!,
      );
      assert.is(await normalize(sbom), expected);
    }),
  );
});

/** Two files with the same chain of packages: only the files differ, and only the first package tells of which it is. */
function twoChains(length: number, drawn: (n: number) => number): Buffer {
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(drawn(n)).padStart(12, '0')}`;
  const files = ['a/installed.json', 'b/installed.json'].map((name, n) => ({ 'bom-ref': uuid(n), name }));
  const at = (n: number, link: number) => uuid(2 + n * length + link);
  const links = [0, 1].flatMap((n) =>
    Array.from({ length }, (_, link) => ({
      'bom-ref': at(n, link),
      name: `p${link}`,
      purl: `pkg:composer/p${link}@1`,
    })),
  );
  const dependencies = [0, 1].flatMap((n) => [
    { ref: uuid(n), dependsOn: [at(n, 0)] },
    ...Array.from({ length }, (_, link) => ({
      ref: at(n, link),
      dependsOn: link + 1 < length ? [at(n, link + 1)] : [],
    })),
  ]);
  const components = [...files, ...links].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  return Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', components, dependencies }));
}

interface Normalized {
  readonly components: readonly { readonly 'bom-ref': string; readonly name: string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

for (const length of [1, 2, 3, 40]) {
  sbom(`keeps two chains of ${length} equal packages apart, in the same bytes however they are drawn`, async () => {
    const text = await normalize(twoChains(length, (n) => n));
    const { components, dependencies } = JSON.parse(text) as Normalized;
    const below = new Map(dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const walk = (ref: string): string[] => [ref, ...(below.get(ref) ?? []).flatMap(walk)];
    const refOf = (name: string) => components.find((one) => one.name === name)?.['bom-ref'] ?? '';
    const chains = ['a/installed.json', 'b/installed.json'].map((name) => walk(refOf(name)));
    assert.equal(
      chains.map((chain) => chain.length),
      [length + 1, length + 1],
    );
    assert.is(new Set(chains.flat()).size, 2 * length + 2);
    const ranks = fc.uniqueArray(fc.nat({ max: 10_000 }), { minLength: 2 * length + 2, maxLength: 2 * length + 2 });
    await fc.assert(
      fc.asyncProperty(ranks, async (drawn) => {
        assert.is(await normalize(twoChains(length, (n) => drawn[n]!)), text);
      }),
      { numRuns: 20 },
    );
  });
}

sbom('keeps what it says: which component is in which', async () => {
  const { components, dependencies, metadata, ...rest } = JSON.parse(await normalize(trivySbom(plainUuid)));
  assert.equal(rest, { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, vulnerabilities: [] });
  assert.equal(Object.keys(metadata), ['component']);
  assert.is(metadata.component.name, 'sha256:abc');
  const names = new Map<string, string>(
    [metadata.component, ...components].map((one) => [one['bom-ref'], one.name] as const),
  );
  assert.is(names.size, 8, 'each has a reference of its own');
  const edges = dependencies.flatMap(({ ref, dependsOn }: { ref: string; dependsOn: string[] }) =>
    dependsOn.map((to) => `${names.get(ref)} → ${names.get(to)}`),
  );
  assert.equal(edges.sort(), [
    'debian → zlib1g',
    'sha256:abc → debian',
    'sha256:abc → usr/bin/a',
    'sha256:abc → usr/bin/b',
    'usr/bin/a → golang.org/x/text',
    'usr/bin/b → golang.org/x/text',
    'usr/bin/b → only/b',
  ]);
  const [below] = dependencies.filter(({ ref }: { ref: string }) => names.get(ref) === 'usr/bin/a')[0].dependsOn;
  const other = dependencies.filter(({ ref }: { ref: string }) => names.get(ref) === 'usr/bin/b')[0].dependsOn;
  assert.not.ok(other.includes(below), 'the two libraries stay two');
});

sbom('keeps purls as references', async () => {
  const { components } = JSON.parse(await normalize(trivySbom(plainUuid)));
  const refs: string[] = components.map((one: { 'bom-ref': string }) => one['bom-ref']);
  assert.equal(
    refs.filter((ref) => ref.startsWith('pkg:')),
    ['pkg:deb/debian/zlib1g@1.2', 'pkg:golang/only/b@1'],
  );
  assert.not.ok(refs.some((ref) => ref.startsWith('00000000')));
});

sbom('that was normalized is not changed again', async () => {
  const once = await normalize(trivySbom(plainUuid));
  assert.is(await normalize(Buffer.from(once)), once);
});

sbom('says what it is of', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  assert.is(checkSbom(await normalizeSbom(trivySbom(plainUuid), digest, 'image', MOST), MOST), digest);
  assert.is(checkSbom(trivySbom(plainUuid), MOST), 'an image');
});

sbom('may have neither components nor a subject', async () => {
  const bare = Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6"}');
  const expected = '{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{},"components":[],"dependencies":[]}';
  assert.is(await normalize(bare), expected);
});

for (const [what, text, reason, message] of [
  ['no JSON', '{', 'ScannerFailed', /^an image: its SBOM is not JSON \(.+\)$/],
  ['null', 'null', 'ScannerFailed', /^an image: its SBOM is not CycloneDX JSON: bomFormat is missing$/],
  ['of SPDX', '{"SPDXID":"SPDXRef-DOCUMENT"}', 'ScannerFailed', /not CycloneDX JSON/],
  [
    'too large',
    `{"bomFormat":"CycloneDX","x":"${'.'.repeat(MOST)}"}`,
    'TooLarge',
    /^an image: its SBOM is larger than 1 MiB/,
  ],
] as const) {
  sbom(`that is ${what} is refused`, async () => {
    for (const use of [
      async (data: Buffer) => checkSbom(data, MOST),
      (data: Buffer) => normalizeSbom(data, 'name', 'an image', MOST),
    ]) {
      const error: unknown = await use(Buffer.from(text)).catch((thrown) => thrown);
      assert.instance(error, ScanError);
      assert.is((error as ScanError).reason, reason);
      assert.match((error as ScanError).message, message);
    }
  });
}

sbom.run();

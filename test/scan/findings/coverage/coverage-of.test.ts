import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnalyzedLayer, AnalyzedPackage, Unread } from '../../../../src/scan/findings/coverage/analysis.ts';
import { type Coverage, judgeGaps, unacceptedGaps } from '../../../../src/scan/findings/coverage/coverage.ts';
import { type CoverageInput, coverageOf } from '../../../../src/scan/findings/coverage/coverage-of.ts';

const os = (family: string, version: string) => ({ family, version, endOfLife: false });
const named = (...names: string[]): AnalyzedPackage[] => names.map((Name) => ({ ID: `${Name}@1`, Name, Version: '1' }));
const official = (...names: string[]) => named(...names).map((one) => ({ ...one, Repository: { Class: 'official' } }));
const foreign = (...names: string[]) =>
  named(...names).map((one) => ({ ...one, Repository: { Class: 'third-party' } }));
const dpkg = (...Packages: AnalyzedPackage[]): AnalyzedLayer => ({
  PackageInfos: [{ FilePath: 'var/lib/dpkg/status', Packages }],
});
const app = (Type: string, FilePath: string, ...Packages: AnalyzedPackage[]): AnalyzedLayer => ({
  Applications: [{ Type, FilePath, Packages }],
});

const coverage = (layers: readonly AnalyzedLayer[], more: Partial<CoverageInput> = {}): Coverage =>
  coverageOf({ layers, unread: {}, ...more });
const kinds = ({ gaps }: Coverage): string[] => gaps.map(({ kind, count }) => `${kind} ${count ?? '-'}`);

test('packages of a distribution and of several ecosystems, each with its advisories', () => {
  const layers = [
    dpkg(...official('libc6', 'tzdata'), ...named('gpg-pubkey')),
    app('node-pkg', 'app/node_modules/a/package.json', ...named('a')),
    app('node-pkg', 'app/node_modules/b/package.json', ...named('b')),
    app('gobinary', 'usr/bin/tool', ...named('stdlib')),
  ];
  assert.equal(coverage(layers, { os: os('debian', '12.11'), buckets: ['debian 12', 'npm::GitHub'] }), {
    sources: [
      { type: 'debian', packages: 2, advisories: 'debian 12' },
      { type: 'gobinary', packages: 1, advisories: 'go' },
      { type: 'node-pkg', packages: 2, advisories: 'npm' },
    ],
    gaps: [],
  });
});

test('later layers replace and remove, as in the file system of a container', () => {
  const replaced = coverage([dpkg(...official('a', 'b')), dpkg(...official('a'))], { os: os('debian', '12') });
  assert.equal(replaced.sources, [{ type: 'debian', packages: 1, advisories: 'debian 12' }]);
  const library = app('jar', 'app/lib/a.jar', ...named('g:a'));
  const rows: [AnalyzedLayer, number][] = [
    [{ WhiteoutFiles: ['app/lib/a.jar'] }, 0],
    [{ WhiteoutFiles: ['app/lib'] }, 0],
    [{ WhiteoutFiles: ['app/lib/a'] }, 1],
    [{ OpaqueDirs: ['app/'] }, 0],
    [{ OpaqueDirs: ['ap'] }, 1],
    [{ WhiteoutFiles: ['app'], ...library }, 1],
  ];
  for (const [layer, jars] of rows) {
    const { sources } = coverage([library, layer]);
    assert.is(sources.length, jars, JSON.stringify(layer));
  }
});

const distributions: [family: string, version: string, bucket: string][] = [
  ['alma', '9.4', 'alma 9'],
  ['alpine', '3.20.3', 'alpine 3.20'],
  ['amazon', '2 (Karoo)', 'amazon linux 2'],
  ['amazon', '2018.03', 'amazon linux 1'],
  ['amazon', '2023.6.20241010', 'amazon linux 2023'],
  ['azurelinux', '3.0.20250102', 'Azure Linux 3.0'],
  ['cbl-mariner', '2.0.20240101', 'CBL-Mariner 2.0'],
  ['centos', '7.9.2009', 'Red Hat'],
  ['debian', '12.11', 'debian 12'],
  ['opensuse-leap', '15.6', 'openSUSE Leap 15.6'],
  ['opensuse-tumbleweed', '20250101', 'openSUSE Tumbleweed'],
  ['oracle', '8.10', 'Oracle Linux 8'],
  ['photon', '5.0', 'Photon OS 5.0'],
  ['redhat', '9.4', 'Red Hat'],
  ['rocky', '9.4', 'rocky 9'],
  ['sles', '15.6', 'SUSE Linux Enterprise 15.6'],
  ['slem', '5.5', 'SUSE Linux Enterprise Micro 5.5'],
  ['ubuntu', '24.04', 'ubuntu 24.04'],
  ['wolfi', '20230201', 'wolfi'],
];

for (const [family, version, bucket] of distributions) {
  test(`${family} ${version} is matched with ${bucket}, and not covered by a database without it`, () => {
    const layers = [dpkg(...official('a'))];
    const one = { os: os(family, version) };
    assert.equal(coverage(layers, { ...one, buckets: [bucket] }), {
      sources: [{ type: family, packages: 1, advisories: bucket }],
      gaps: [],
    });
    assert.equal(kinds(coverage(layers, { ...one, buckets: ['npm::GitHub', `${bucket}1`] })), [
      'UnsupportedDistribution 1',
    ]);
    assert.equal(kinds(coverage(layers, one)), [], 'the buckets of a server are not known');
  });
}

test('Alpine goes by the release of its package repository; extended support and rebuilds are covered', () => {
  const edge = [dpkg(...official('a')), { Repository: { Release: 'edge' } }];
  assert.equal(kinds(coverage(edge, { os: os('alpine', '3.21.0'), buckets: ['alpine 3.21'] })), [
    'UnsupportedDistribution 1',
  ]);
  assert.equal(kinds(coverage(edge, { os: os('alpine', '3.21.0'), buckets: ['alpine edge'] })), []);
  const ubuntu = { os: os('ubuntu', '18.04') };
  const [plain, extended] = [dpkg(...official('a')), { ...dpkg(...official('a')), OS: { extended: true } }];
  const rebuilt = dpkg({ ...official('a')[0], Version: '1.root.io.1' });
  const covered = (layer: AnalyzedLayer, bucket: string) =>
    coverage([layer], { ...ubuntu, buckets: [bucket] }).sources.length === 1;
  assert.equal([covered(extended, 'ubuntu 18.04-ESM'), covered(plain, 'ubuntu 18.04-ESM')], [true, false]);
  assert.equal([covered(rebuilt, 'root.io ubuntu 18.04'), covered(plain, 'root.io ubuntu 18.04')], [true, false]);
});

const fromNoPackage: [what: string, family: string, version: string, layer: AnalyzedLayer, matched: number][] = [
  ['Red Hat 10, whose repositories are not named', 'redhat', '10.0', {}, 0],
  ['the same with empty ones', 'redhat', '10.0', { BuildInfo: { ContentSets: [] } }, 0],
  ['the same with some', 'redhat', '10.0', { BuildInfo: { ContentSets: ['rhel-10-for-x86_64-baseos-rpms'] } }, 1],
  ['the same with a build', 'redhat', '10.0', { BuildInfo: { Nvr: 'ubi10-10.0-1' } }, 1],
  ['Red Hat 9', 'redhat', '9.4', {}, 1],
  ['CentOS 5', 'centos', '5.11', {}, 0],
];
for (const [what, family, version, layer, matched] of fromNoPackage) {
  test(`Trivy takes no advisories for ${what}: ${matched}`, () => {
    const { sources, gaps } = coverage([dpkg(...official('a')), layer], {
      os: os(family, version),
      buckets: ['Red Hat'],
    });
    assert.is(sources.length, matched);
    assert.equal(kinds({ sources, gaps }), matched === 1 ? [] : ['UnsupportedDistribution 1']);
  });
}

test('a version of Amazon Linux to come is not its first one, though Trivy takes it for that', () => {
  const first = { buckets: ['amazon linux 1', 'amazon linux 2023'] };
  for (const [version, gaps] of [
    ['2018.03', 0],
    ['AMI release 2017.09', 0],
    ['2027.1.20270101', 1],
    ['2020', 1],
  ] as const) {
    const found = coverage([dpkg(...official('a'))], { os: os('amazon', version), ...first });
    assert.is(found.gaps.length, gaps, version);
  }
});

test('packages of another package manager than that of the distribution', () => {
  const by = (AnalyzedBy: string, ...names: string[]) => official(...names).map((one) => ({ ...one, AnalyzedBy }));
  const layers = [
    dpkg(...by('dpkg', 'libc6')),
    dpkg(...by('rpm', 'bash', 'zlib'), ...by('dpkg', 'libc6'), ...by('sbom', 'x')),
  ];
  const { sources, gaps } = coverage(layers, { os: os('debian', '12') });
  assert.equal(sources, [{ type: 'debian', packages: 2, advisories: 'debian 12' }]);
  assert.equal(gaps, [
    {
      kind: 'ScannerLimit',
      count: 2,
      message:
        '2 packages of the package manager rpm in an image of debian 12, which its advisories do not describe: use one distribution',
    },
  ]);
  assert.equal(kinds(coverage([dpkg(...by('apk', 'musl'))], { os: os('debian', '12') })), ['ScannerLimit 1']);
  assert.equal(kinds(coverage([dpkg(...by('constructor', 'a'))], { os: os('debian', '12') })), []);
});

const versions: [type: string, version: string | undefined, isRead: boolean][] = [
  ['composer-vendor', '1.2.3', true],
  ['composer-vendor', 'dev-master', false],
  ['node-pkg', '1.0.0-rc.1', true],
  ['node-pkg', 'latest', false],
  ['python-pkg', '2004.1', true],
  ['python-pkg', '2004d', false],
  ['python-pkg', 'not a version', false],
  ['jar', 'RELEASE', true],
  ['gobinary', undefined, false],
];
for (const [type, Version, isRead] of versions) {
  test(`${type} ${Version}: ${isRead ? 'matched' : 'skipped by Trivy'}`, () => {
    const one = { ID: 'a', Name: 'a', ...(Version !== undefined && { Version }) };
    const found = coverage([app(type, 'app/a', one)]);
    assert.is(found.sources.length, isRead ? 1 : 0);
    assert.equal(kinds(found), isRead ? [] : ['ScannerLimit 1']);
  });
}

test('packages of a distribution without a version, or with a malformed one', () => {
  const malformed = official('a', 'b').map((one, i) => ({ ...one, Version: i === 0 ? '' : '1:x:y' }));
  const found = coverage([dpkg(...malformed, ...official('c'))], { os: os('debian', '12') });
  assert.equal(found.sources[0]?.packages, 1);
  assert.equal(kinds(found), ['ScannerLimit 2']);
});

test('Go programs without a version are shown, and accepted by default', () => {
  const root = { ID: 'example.com/app', Name: 'example.com/app', Version: '', Relationship: 'root' };
  const found = coverage([app('gobinary', 'app', root, ...named('stdlib'))]);
  assert.equal(found.sources, [{ type: 'gobinary', packages: 1, advisories: 'go' }]);
  assert.equal(kinds(found), ['UnversionedPrograms 1']);
  assert.match(found.gaps[0]?.message ?? '', 'own vulnerabilities are not found: example.com/app; build');
  assert.equal(unacceptedGaps(found, {}), []);
  assert.is(unacceptedGaps(found, { acceptUnknown: [] }).length, 1);
  assert.equal(kinds(coverage([app('gobinary', 'app', root)], { os: os('debian', '12') })), [
    'UnversionedPrograms 1',
    'NoPackagesFound -',
  ]);
});

test('files that list packages and cannot be read', () => {
  const files = { count: 4, examples: ['a', 'b', 'c', 'd'] };
  const found = coverage([dpkg(...official('a'))], { os: os('debian', '12'), unread: { files } });
  assert.equal(found.gaps, [
    {
      kind: 'ScannerLimit',
      message: 'the packages of 4 files that the scanner cannot read, as a, b, c and 1 more: repair or remove them',
    },
  ]);
});

test('a Trivy server that has no advisories for the distribution', () => {
  const one = { os: os('debian', '99') };
  const layers = [dpkg(...official('a'))];
  assert.equal(kinds(coverage(layers, { ...one, isKnownToServer: false })), ['UnsupportedDistribution 1']);
  assert.equal(kinds(coverage(layers, { ...one, isKnownToServer: true })), []);
});

test('a supplier that rebuilds packages of Alpine does not ask for its repositories', () => {
  const edge: AnalyzedLayer = { Repository: { Release: 'edge' } };
  const rebuilt: readonly AnalyzedLayer[] = [
    dpkg({ ID: 'a@1', Name: 'a', Version: '3.1.4-r10071' }),
    dpkg({ ID: 'a@1', Name: 'a', SrcName: 'seal-a', Version: '1' }),
    { ...dpkg(...official('a')), OS: { Supplier: 'rapidfort' } },
  ];
  for (const layer of [...rebuilt, dpkg(...official('a'))]) {
    const [source] = coverage([layer, edge], { os: os('alpine', '3.18.9') }).sources;
    assert.is(source?.advisories, rebuilt.includes(layer) ? 'alpine 3.18' : 'alpine edge');
  }
});

const unsupported: [family: string, version: string][] = [
  ['fedora', '42'],
  ['centos-stream', '9'],
  ['coreos', '4'],
  ['constructor', '1'],
];
for (const [family, version] of unsupported) {
  test(`${family} has no advisories in any database`, () => {
    const { sources, gaps } = coverage([dpkg(...official('a', 'b'), ...foreign('c'))], { os: os(family, version) });
    assert.equal(sources, []);
    assert.equal(gaps, [
      {
        kind: 'UnsupportedDistribution',
        count: 3,
        message: `3 packages of ${family} ${version}, for which the vulnerability database has no advisories: use an image of a distribution and version that is supported`,
      },
    ]);
  });
}

test('packages of an unknown distribution, as of openEuler', () => {
  assert.match(
    coverage([dpkg(...official('a'))], { os: os('none', '') }).gaps[0]?.message ?? '',
    '1 package of an unknown distribution, for which',
  );
});

test('packages of other vendors are not matched, except by advisories of suppliers that cover them', () => {
  const layers = [dpkg(...official('libc6'), ...foreign('nginx', 'docker-ce', 'gh', 'seal-x', 'containerd.io'))];
  const { sources, gaps } = coverage(layers, { os: os('debian', '12') });
  assert.equal(sources, [{ type: 'debian', packages: 2, advisories: 'debian 12' }]);
  assert.equal(gaps, [
    {
      kind: 'ThirdPartyPackages',
      count: 4,
      message:
        '4 packages of other vendors than debian 12, which its advisories do not describe: nginx, docker-ce, gh and 1 more; follow the advisories of their vendors',
    },
  ]);
  assert.equal(kinds(coverage(layers, { os: os('echo', '1') })), []);
  assert.equal(kinds(coverage([{ ...layers[0], OS: { Supplier: 'rapidfort' } }], { os: os('ubuntu', '22.04') })), []);
});

test('an image of other vendors alone, as of a rebuild that keeps the name of the distribution', () => {
  const { sources, gaps } = coverage([dpkg(...foreign('bash', 'libc6'))], { os: os('rocky', '9.4') });
  assert.equal(sources, []);
  assert.equal(gaps, [
    {
      kind: 'UnsupportedDistribution',
      count: 2,
      message:
        'all 2 packages of rocky 9.4 are of other vendors, which its advisories do not describe: use an image of a distribution and version that is supported',
    },
  ]);
});

test('a package that an SBOM in the image lists for another distribution', () => {
  const of = (PURL: string) => ({ ...official('zlib')[0]!, Identifier: { PURL } });
  const layers = (purl: string) => [dpkg(...official('libc6'), of(purl))];
  assert.equal(kinds(coverage(layers('pkg:deb/ubuntu/zlib@1?arch=a/b'), { os: os('debian', '12') })), [
    'ScannerLimit 1',
  ]);
  assert.equal(kinds(coverage(layers('pkg:deb/debian/zlib@1'), { os: os('debian', '12') })), []);
  assert.equal(kinds(coverage(layers('pkg:rpm/suse/zlib@1'), { os: os('sles', '15.6') })), []);
});

test('packages of a type that the scanner lists but does not match', () => {
  const { sources, gaps } = coverage([app('conda-pkg', 'opt/conda/a.json', ...named('a', 'b'))]);
  assert.equal(sources, []);
  assert.equal(gaps, [
    {
      kind: 'ScannerLimit',
      count: 2,
      message:
        '2 packages of type conda-pkg, for which the scanner has no advisories: follow the advisories of their vendors',
    },
  ]);
});

const JARS = { count: 4, examples: ['app/a.jar', 'app/b.jar', 'app/c.jar', 'app/d.jar'] };
const rest: [what: string, layers: AnalyzedLayer[], unread: Unread, family: string | undefined, gaps: string[]][] = [
  ['an image of a static binary', [{}], {}, undefined, ['NoPackagesFound -']],
  ['no layer at all', [], {}, undefined, ['NoPackagesFound -']],
  ['a distribution without its package database', [{}], {}, 'debian', ['NoPackagesFound -']],
  ['the same with a library', [app('npm', 'a', ...named('a'))], {}, 'debian', ['NoPackagesFound -']],
  ['a library alone', [app('npm', 'a', ...named('a'))], {}, undefined, []],
  ['unidentified jars alone', [{}], { jars: JARS }, undefined, ['UnidentifiedJars 4']],
  ['no unidentified jar', [dpkg(...official('a'))], { jars: { count: 0, examples: [] } }, 'debian', []],
  [
    'a package manager that the scanner does not know',
    [{}],
    { distribution: { id: 'arch' }, databases: [{ manager: 'pacman', path: 'var/lib/pacman/local', packages: 120 }] },
    undefined,
    ['UnsupportedDistribution 120'],
  ],
  [
    'a distribution that the scanner does not know, without a known package manager',
    [{}],
    { distribution: { id: 'nixos', version: '25.05' } },
    undefined,
    ['UnsupportedDistribution -'],
  ],
  [
    'a package database that cannot be read',
    [{}],
    { databases: [{ manager: 'rpm', path: 'var/lib/rpm/rpmdb.sqlite' }] },
    'redhat',
    ['ScannerLimit -'],
  ],
  [
    'facts that a server drops',
    [dpkg(...official('a'))],
    { notKept: ['the modules of packages'] },
    'debian',
    ['ScannerLimit -'],
  ],
];
for (const [what, layers, unread, family, expected] of rest) {
  test(what, () => {
    const found = coverage(layers, { unread, ...(family !== undefined && { os: os(family, '12') }) });
    assert.equal(kinds(found), expected);
  });
}

test('the messages of jars name some of them, and the cause', () => {
  const message = (unread: Unread) => coverage([{}], { unread }).gaps[0]?.message;
  assert.is(
    message({ jars: JARS }),
    '4 jars without a pom.properties, as in app/a.jar, app/b.jar, app/c.jar and 1 more: the index of jars does not know them either; add a pom.properties (META-INF/maven)',
  );
  assert.match(
    message({ jars: JARS, noJarIndex: '--trivy-java-db-repository is off' }) ?? '',
    ': --trivy-java-db-repository is off; add',
  );
});

test('messages are bounded and printable, whatever an image has in its names', () => {
  const evil = `\u001b[2J${'x'.repeat(9_999)}`;
  const layers = [dpkg(...foreign(evil, evil.slice(1), 'c')), app(evil, 'a', ...named('a'))];
  const unread = { jars: { count: 9, examples: [evil, evil] }, notKept: [evil] };
  const found = coverage(layers, { os: os(evil, evil), unread });
  for (const gap of judgeGaps(found, { acceptUnknown: [] })) {
    assert.ok(gap.message.length <= 1024, gap.message);
    assert.not.match(gap.message, '\u001b');
    assert.ok(gap.message.endsWith(`, or add ${gap.kind} to spec.acceptUnknown`), 'the offer is not cut off');
  }
});

test('a gap offers to accept its kind if it counts, and only then', () => {
  const gaps = (['UnidentifiedJars', 'ThirdPartyPackages', 'NoPackagesFound', 'ScannerLimit'] as const).map((kind) => ({
    kind,
    message: `cause of ${kind}: cure`,
  }));
  const shown = (spec: Parameters<typeof judgeGaps>[1]) =>
    judgeGaps({ sources: [], gaps }, spec).map(({ message, accepted }) => [message, accepted]);
  const counts = (kind: string) => [`cause of ${kind}: cure, or add ${kind} to spec.acceptUnknown`, false];
  const accepted = (kind: string) => [`cause of ${kind}: cure`, true];
  const all = gaps.map(({ kind }) => kind);
  assert.equal(shown({ acceptUnknown: [] }), all.map(counts));
  assert.equal(shown({ acceptUnknown: all }), all.map(accepted));
  assert.equal(shown({}), [
    counts('UnidentifiedJars'),
    accepted('ThirdPartyPackages'),
    accepted('NoPackagesFound'),
    counts('ScannerLimit'),
  ]);
  const [older] = unacceptedGaps(undefined, {});
  assert.not.match(older?.message ?? '', 'acceptUnknown', 'to accept its kind would not help');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ScanError } from '../../../../src/scan/scan-error.ts';
import { parseMatch } from '../../../../src/scan/scanner/trivy/parse.ts';

const read = (report: unknown) => parseMatch(Buffer.from(JSON.stringify(report)), 'image');
const report = (results: unknown, more = {}) => read({ SchemaVersion: 2, ...more, Results: results });
const osPackages = (...Vulnerabilities: unknown[]) => [{ Class: 'os-pkgs', Type: 'debian', Vulnerabilities }];

const parse = suite("Trivy's answer");

parse('is read with all its fields, and others are ignored', () => {
  const match = read({
    SchemaVersion: 2,
    CreatedAt: '2026-01-02T03:04:05Z',
    Metadata: { OS: { Family: 'debian', Name: '12.11', Something: 1 }, DiffIDs: [] },
    Results: [
      {
        Target: 'sbom.json (debian 12.11)',
        Class: 'os-pkgs',
        Type: 'debian',
        Vulnerabilities: [
          {
            VulnerabilityID: 'CVE-2099-0001',
            PkgName: 'libssl3',
            PkgIdentifier: { PURL: 'pkg:deb/debian/libssl3@3.0.15-1', UID: '1' },
            InstalledVersion: '3.0.15-1',
            FixedVersion: '3.0.17-1, 3.0.18-1',
            Status: 'fixed',
            Severity: 'CRITICAL',
            PrimaryURL: 'https://example.com/1',
            Title: 'example',
            CVSS: {},
          },
        ],
      },
    ],
  });
  assert.equal(match, {
    os: { family: 'debian', version: '12.11', endOfLife: false },
    findings: [
      {
        id: 'CVE-2099-0001',
        package: 'libssl3',
        installed: '3.0.15-1',
        fixed: ['3.0.17-1', '3.0.18-1'],
        severity: 'Critical',
        type: 'debian',
        purl: 'pkg:deb/debian/libssl3@3.0.15-1',
        status: 'fixed',
        title: 'example',
        url: 'https://example.com/1',
      },
    ],
  });
});

parse('may have neither results, nor an operating system, nor vulnerabilities', () => {
  const none = { findings: [] };
  assert.equal(read({ SchemaVersion: 2 }), none);
  assert.equal(report(null), none);
  assert.equal(report([{ Class: 'os-pkgs', Type: 'debian' }]), none);
  assert.equal(report([{ Class: 'os-pkgs', Type: 'debian', Vulnerabilities: null }], { Metadata: {} }), none);
});

parse('says when an operating system is at its end of life', () => {
  const { os } = report([], { Metadata: { OS: { Family: 'debian', Name: '10.13', EOSL: true } } });
  assert.equal(os, { family: 'debian', version: '10.13', endOfLife: true });
});

for (const [theirs, ours] of [
  ['CRITICAL', 'Critical'],
  ['HIGH', 'High'],
  ['MEDIUM', 'Medium'],
  ['LOW', 'Low'],
  ['UNKNOWN', 'Unknown'],
  ['constructor', 'Unknown'],
  [undefined, 'Unknown'],
]) {
  parse(`severity ${theirs} is ${ours}`, () => {
    const { findings } = report(osPackages({ VulnerabilityID: 'a', PkgName: 'b', Severity: theirs }));
    assert.is(findings[0]?.severity, ours);
  });
}

for (const [theirs, ours] of [
  [undefined, []],
  ['', []],
  ['1.2', ['1.2']],
  ['1.2, 1.3', ['1.2', '1.3']],
  [' 1.2 ,,1.3,', ['1.2', '1.3']],
] as const) {
  parse(`fixed version ${JSON.stringify(theirs)} is ${JSON.stringify(ours)}`, () => {
    const { findings } = report(osPackages({ VulnerabilityID: 'a', PkgName: 'b', FixedVersion: theirs }));
    assert.equal(findings[0]?.fixed, ours);
  });
}

for (const [Class, id, theirs, aliases] of [
  ['lang-pkgs', 'CVE-1', ['GHSA-2', 'GHSA-1', 'PYSEC-3', 'GHSA-1'], ['GHSA-1', 'GHSA-2', 'PYSEC-3']],
  ['lang-pkgs', 'GHSA-1', ['GHSA-1', ''], undefined],
  ['lang-pkgs', 'GHSA-1', [], undefined],
  ['os-pkgs', 'CVE-1', ['DSA-1-1', 'RHSA-2024:1'], undefined],
  ['os-pkgs', 'CVE-1', ['GHSA-1', 'ELSA-2024-1'], ['GHSA-1']],
] as const) {
  parse(`aliases of ${id} of ${Class} with ${theirs}`, () => {
    const [finding] = report([
      { Class, Type: 'x', Vulnerabilities: [{ VulnerabilityID: id, VendorIDs: theirs, PkgName: 'b' }] },
    ]).findings;
    assert.equal(finding?.aliases, aliases);
  });
}

parse('says where a package is: by its own path, else by the file that holds it, never by a heading', () => {
  const one = { VulnerabilityID: 'a', PkgName: 'b' };
  const { findings } = report([
    { Class: 'lang-pkgs', Type: 'gobinary', Target: 'usr/bin/app', Vulnerabilities: [one] },
    {
      Class: 'lang-pkgs',
      Type: 'node-pkg',
      Target: 'Node.js',
      Vulnerabilities: [{ ...one, PkgPath: 'x/package.json' }],
    },
    { Class: 'lang-pkgs', Type: 'jar', Target: 'Java', Vulnerabilities: [one] },
    {
      Class: 'os-pkgs',
      Type: 'alpine',
      Target: 'sbom.json (alpine 3.20)',
      Vulnerabilities: [{ ...one, PkgName: 'c' }],
    },
  ]);
  assert.equal(
    findings.map(({ type, path }) => [type, path]),
    [
      ['jar', undefined],
      ['gobinary', 'usr/bin/app'],
      ['node-pkg', 'x/package.json'],
      ['alpine', undefined],
    ],
  );
});

parse('has each finding once, and always in the same order', () => {
  const vulnerabilities = ['b', 'a', 'c', 'a'].map((id) => ({ VulnerabilityID: id, PkgName: 'p', Title: id }));
  const ids = (list: unknown[]) => report(osPackages(...list)).findings.map(({ id }) => id);
  assert.equal(ids(vulnerabilities), ['a', 'b', 'c']);
  assert.equal(ids(vulnerabilities.toReversed()), ['a', 'b', 'c']);
});

for (const [name, text, message] of [
  ['no JSON', '{"Schema', /^image: Trivy's answer cannot be read \(.+\)$/],
  ['nothing', '', /^image: Trivy's answer cannot be read \(.+\)$/],
  ['null', 'null', /^image: Trivy's output has schema no version, not 2: use Trivy 0\.74\.0$/],
  ['of another schema', '{"SchemaVersion":3}', /^image: Trivy's output has schema 3, not 2: use Trivy 0\.74\.0$/],
  ['of other shapes', '{"SchemaVersion":2,"Results":7}', /^image: Trivy's answer cannot be read \(.+\)$/],
  ['with a null result', '{"SchemaVersion":2,"Results":[null]}', /^image: Trivy's answer cannot be read \(.+\)$/],
  [
    'with a vulnerability that has no name',
    '{"SchemaVersion":2,"Results":[{"Vulnerabilities":[{}]}]}',
    /^image: Trivy's answer cannot be read \(a vulnerability without VulnerabilityID or PkgName\)$/,
  ],
] as const) {
  parse(`that is ${name} is a failure of the scanner`, () => {
    try {
      parseMatch(Buffer.from(text), 'image');
    } catch (error) {
      assert.instance(error, ScanError);
      assert.is((error as ScanError).reason, 'ScannerFailed');
      assert.match((error as ScanError).message, message);
      return;
    }
    assert.unreachable();
  });
}

parse.run();

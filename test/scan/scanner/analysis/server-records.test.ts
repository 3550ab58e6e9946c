import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Analysis } from '../../../../src/scan/scanner/analysis/analysis.ts';
import { serverRecords } from '../../../../src/scan/scanner/analysis/server-records.ts';

const records = suite('records for a Trivy server');

const analysisOf = (blob: object, artifact: object = { SchemaVersion: 1 }): Analysis => ({
  schemaVersion: 1,
  image: { digest: 'sha256:1', platform: 'linux/amd64' },
  scanner: { name: 'trivy', version: '0.74.0' },
  manifest: { mediaType: '', digest: '', content: '' },
  config: { digest: '', content: '' },
  artifact: { id: 'sha256:a', record: JSON.stringify(artifact) },
  blobs: [{ id: 'sha256:b', record: JSON.stringify(blob) }],
  unread: {},
});

const withPackage = (one: object) => analysisOf({ PackageInfos: [{ FilePath: 'db', Packages: [one] }] });

records('have the names of the protocol', () => {
  const blob = {
    ...{ SchemaVersion: 2, Size: 7, Digest: 'd', DiffID: 'i', CreatedBy: 'c', OpaqueDirs: ['o'], WhiteoutFiles: ['w'] },
    OS: { Family: 'ubuntu', Name: '18.04', EOSL: true, extended: true, Supplier: 'seal' },
    Repository: { Family: 'alpine', Release: 'edge' },
    PackageInfos: [{ FilePath: 'f', Packages: [{ ID: 'a@1', Name: 'a', Repository: { Class: 'third-party' } }] }],
    Applications: [{ Type: 'jar', Packages: [{ Name: 'j', Relationship: 'direct', Locations: [{ StartLine: 1 }] }] }],
    BuildInfo: { ContentSets: ['s'], Nvr: 'n', Arch: 'x' },
    Licenses: [{}],
  };
  const artifact = { SchemaVersion: 1, OS: 'linux', HistoryPackages: [{ Name: 'h', Epoch: 3 }] };
  const { calls, notKept } = serverRecords(analysisOf(blob, artifact));
  assert.equal(
    calls.map(({ method, body }) => [method, JSON.parse(body)]),
    [
      [
        'PutBlob',
        {
          diffId: 'sha256:b',
          blobInfo: {
            ...{ schemaVersion: 2, size: 7, digest: 'd', diffId: 'i', createdBy: 'c' },
            ...{ opaqueDirs: ['o'], whiteoutFiles: ['w'] },
            os: { family: 'ubuntu', name: '18.04', eosl: true, extended: true, supplier: 'seal' },
            repository: { family: 'alpine', release: 'edge' },
            packageInfos: [
              { filePath: 'f', packages: [{ id: 'a@1', name: 'a', repository: { class: 'third-party' } }] },
            ],
            applications: [{ type: 'jar', packages: [{ name: 'j', relationship: 3, locations: [{ startLine: 1 }] }] }],
            buildInfo: { contentSets: ['s'], nvr: 'n', arch: 'x' },
          },
        },
      ],
      [
        'PutArtifact',
        {
          artifactId: 'sha256:a',
          artifactInfo: { schemaVersion: 1, os: 'linux', historyPackages: [{ name: 'h', epoch: 3 }] },
        },
      ],
    ],
  );
  assert.equal(notKept, []);
});

for (const [what, one, lost] of [
  ['a module of Red Hat', { Name: 'a', Modularitylabel: 'nodejs:18' }, ['Modularitylabel']],
  ['build information of its own', { Name: 'a', BuildInfo: { Nvr: 'n' } }, ['BuildInfo']],
  ['an epoch beyond 32 bits', { Name: 'a', Epoch: 2 ** 31 }, ['Epoch']],
  ['a relationship of a later Trivy', { Name: 'a', Relationship: 'sibling' }, ['Relationship']],
  ['a field of a later Trivy', { Name: 'a', Channel: 'stable', Identifier: { CPE: 'c' } }, ['CPE', 'Channel']],
  ['the name of a method of objects', { Name: 'a', constructor: 'x', toString: 'y' }, ['constructor', 'toString']],
  ['its files, which no match looks at', { Name: 'a', InstalledFiles: ['x'] }, []],
] as const) {
  records(`say that they lack what the protocol lacks: ${what}`, () => {
    const { calls, notKept } = serverRecords(withPackage(one));
    assert.equal(notKept, lost);
    const [{ packages }] = JSON.parse(calls[0]?.body ?? '').blobInfo.packageInfos;
    assert.is(packages[0].name, 'a');
  });
}

records.run();

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Advisory, DatabaseFixture, DataSource, Severity, Vulnerability } from '../../../hack/trivydb/fixture.ts';
import { writeEmptyJarIndex } from '../../../src/scan/scanner/database/jar-index.ts';
import type { AdvisoryRow, CorpusImage } from './corpus-image.ts';

/** By the beginning of a bucket's name: the source whose severity counts. */
const sources: Readonly<Record<string, string>> = {
  ...{ debian: 'debian', ubuntu: 'ubuntu', alpine: 'alpine', echo: 'echo', wolfi: 'wolfi', chainguard: 'chainguard' },
  ...{ minimos: 'minimos', bottlerocket: 'bottlerocket', 'Red Hat': 'redhat', alma: 'alma', rocky: 'rocky' },
  ...{ 'Oracle Linux': 'oracle-oval', 'amazon linux': 'amazon', 'SUSE Linux': 'suse-cvrf', openSUSE: 'suse-cvrf' },
  ...{ 'Photon OS': 'photon', 'Azure Linux': 'azure', 'CBL-Mariner': 'cbl-mariner', bitnami: 'bitnami' },
  ...{ 'root.io': 'rootio', seal: 'seal', rapidfort: 'rapidfort', 'go::The Go': 'govulndb' },
};

/** So that another source's reading gives another severity. */
const severities: Readonly<Record<string, Severity>> = {
  ...{
    nvd: 'MEDIUM',
    ghsa: 'HIGH',
    debian: 'LOW',
    ubuntu: 'CRITICAL',
    alpine: 'HIGH',
    redhat: 'LOW',
    alma: 'CRITICAL',
  },
  ...{ rocky: 'HIGH', 'oracle-oval': 'CRITICAL', amazon: 'LOW', 'suse-cvrf': 'HIGH', photon: 'CRITICAL', azure: 'LOW' },
  ...{ 'cbl-mariner': 'HIGH', bitnami: 'CRITICAL', rootio: 'LOW', seal: 'CRITICAL', rapidfort: 'HIGH' },
};

/** Products of Red Hat, as repositories and images have them. */
const redHat = {
  repositories: {
    'rhel-6-server-rpms': [60],
    'rhel-7-server-rpms': [70],
    'rhel-8-for-x86_64-baseos-rpms': [80],
    'rhel-8-for-x86_64-appstream-rpms': [81],
    'rhel-9-for-x86_64-baseos-rpms': [90],
    'rhel-9-for-x86_64-appstream-rpms': [91],
    'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2': [92],
    'rhocp-4.17-for-rhel-9-x86_64-rpms': [93],
  },
  images: { 'ubi8-container-8.9-1028-x86_64': [82] },
};

/** What is known about all of these images at once. */
export function corpusDatabase(images: readonly CorpusImage[]): DatabaseFixture {
  const advisories: Record<string, Record<string, Record<string, Advisory>>> = {};
  const vulnerabilities: Record<string, Vulnerability> = {};
  for (const row of new Map(images.flatMap((one) => one.advisories).map((row) => [textOf(row), row])).values()) {
    const [bucket, name, advisory, shared] = row;
    const id = shared === undefined ? idOf(textOf(row)) : `CVE-2097-${shared}`;
    vulnerabilities[id] = { Title: name, Severity: 'MEDIUM', VendorSeverity: severities };
    advisories[bucket] ??= {};
    advisories[bucket][name] ??= {};
    advisories[bucket][name][id] = advisory;
  }
  const buckets = Object.keys(advisories).map((bucket) => [bucket, sourceOf(bucket)] as const);
  return { sources: Object.fromEntries(buckets), advisories, vulnerabilities, redHat };
}

const textOf = (row: AdvisoryRow): string => JSON.stringify(row);
const idOf = (text: string): string =>
  `CVE-2098-${createHash('sha256').update(text).digest().readUIntBE(0, 4).toString().padStart(10, '0')}`;

function sourceOf(bucket: string): DataSource {
  const ID = Object.entries(sources).find(([start]) => bucket.startsWith(start))?.[1] ?? 'ghsa';
  // Of a vendor that rebuilds the packages of a distribution.
  const base = /^(?:root\.io|rapidfort|seal) (Red Hat|\w+)(?!.*::)/.exec(bucket)?.[1];
  const BaseID = base?.replace(' ', '').toLowerCase();
  return { ID, Name: bucket, URL: `https://example.com/${ID}`, ...(BaseID !== undefined && { BaseID }) };
}

/** An index of the jars of these images by their checksums. @param directory for --cache-dir */
export async function writeJarIndex(directory: string, images: readonly CorpusImage[]): Promise<void> {
  await writeEmptyJarIndex(directory);
  const index = new DatabaseSync(join(directory, 'java-db', 'trivy-java.db'));
  const artifact = index.prepare('INSERT INTO artifacts (group_id, artifact_id) VALUES (?, ?)');
  const file = index.prepare("INSERT INTO indices (artifact_id, version, sha1, archive_type) VALUES (?, ?, ?, 'jar')");
  for (const { layers, jars = {} } of images) {
    for (const [path, { groupId, artifactId, version }] of Object.entries(jars)) {
      const data = layers.map((files) => files[path]).find((found) => found instanceof Uint8Array) as Uint8Array;
      const { lastInsertRowid } = artifact.run(groupId, artifactId);
      file.run(lastInsertRowid, version, createHash('sha1').update(data).digest());
    }
  }
  index.close();
}

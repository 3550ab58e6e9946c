import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { readManifests } from '../../hack/manifests.ts';
import { servedMetrics } from '../../hack/reference/served-metrics.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Applied } from '../../src/kube/object.ts';
import { EVENT_REASONS as POLICY_EVENTS } from '../../src/policy/event-reasons.ts';
import { EVENT_REASONS as SCAN_EVENTS } from '../../src/scan/imagescan/events/event-reasons.ts';
import { REPORT_FORMATS } from '../../src/scan/report/format/formats.ts';
import { FAILURE_REASONS } from '../../src/scan/scan-error.ts';

const root = join(import.meta.dirname, '../..');
const files = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).flatMap((file) =>
    file.endsWith('.md') ? `docs/${file}` : [],
  ),
];
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const text = (file: string): string => texts.get(file) ?? '';

test('every anchor of the reference is unique', () => {
  for (const file of files.filter((file) => file.startsWith('docs/reference/'))) {
    const its = anchors(text(file));
    assert.equal(
      its.filter((anchor, i) => its.indexOf(anchor) !== i),
      [],
      file,
    );
  }
});

test('README is an overview of at most 200 lines', () => {
  assert.ok(text('README.md').split('\n').length <= 200);
});

/** The part of a file below a heading, up to the next one that is not deeper. */
const section = (file: string, heading: string): string => {
  const [, marks = '', rest = ''] = new RegExp(`^(#+) ${heading}\\n([^]*)`, 'm').exec(text(file)) ?? [];
  assert.ok(marks, `${file} has no heading ${heading}`);
  return rest.split(new RegExp(`^#{1,${marks.length}} `, 'm'))[0] ?? '';
};

/** Rows of the tables of a text, as cells; without separator rows. */
const rows = (of: string): string[][] =>
  of
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );

/** The words in backticks in the first cells. */
const names = (of: string): string[] =>
  rows(of).flatMap(([first = '']) => [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));

const fields = (schema: string, ...path: string[]): string[] => {
  const crd = parse(readFileSync(join(root, `crds/${schema}.security.palisade.dev.yaml`), 'utf8'));
  let at = crd.spec.versions[0].schema.openAPIV3Schema;
  for (const name of path) at = at.properties[name];
  return Object.keys(at.properties);
};

test('docs/reference has every field of the status of an ImageScan', () => {
  const found = names(section('docs/reference/imagescan.md', 'status'));
  const own = fields('imagescans', 'status').filter((name) => !['conditions', 'observedGeneration'].includes(name));
  assert.equal(
    own.filter((name) => !found.includes(name)),
    [],
  );
});

test('docs/imagescan.md states for every failure when it is retried', () => {
  const found = names(section('docs/imagescan.md', 'When a scan fails'));
  assert.equal(found.sort(), [...FAILURE_REASONS].sort());
});

test('docs/reports.md has every format of reports', () => {
  assert.equal(names(section('docs/reports.md', 'Formats')), [...REPORT_FORMATS]);
});

test('docs/reference has every served metric, with its labels, and no other', () => {
  const [table = ''] = section('docs/reference/metrics.md', 'Metrics of the operator').split('\n## ');
  const found = rows(table)
    .slice(2)
    .map(([name, , labels]) => `${name} ${labels}`);
  const served = servedMetrics().map(
    ({ name, labelNames }) => `\`${name}\` ${labelNames.map((label) => `\`${label}\``).join(', ')}`,
  );
  assert.equal(found.sort(), served.sort());
});

test('docs/reference has every Event, and no other', () => {
  const found = names(section('docs/reference/events.md', 'Events'));
  assert.equal(found.sort(), [...Object.keys(POLICY_EVENTS), ...Object.keys(SCAN_EVENTS)].sort());
});

test('README has every sample, docs/installing.md every folder of config, and some page every npm script', () => {
  const readme = text('README.md');
  const pages = [...texts.values()].join('\n');
  const samples = readdirSync(join(root, 'samples'), { recursive: true, encoding: 'utf8' });
  const folders = readdirSync(join(root, 'config')).map((folder) => `\`config/${folder}\``);
  const scripts = Object.keys(packageJson.scripts).map((script) => new RegExp(`npm (run (--silent )?)?${script}\\b`));
  assert.equal(
    samples.filter((file) => file.endsWith('.yaml')).filter((file) => !readme.includes(`](samples/${file})`)),
    [],
  );
  assert.equal(
    folders.filter((folder) => !text('docs/installing.md').includes(folder)),
    [],
  );
  assert.equal(
    scripts.filter((script) => !script.test(pages)),
    [],
  );
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const PROFILES = ['palisade-viewer', 'palisade-deployer', 'palisade-admin'];

/** Resources and verbs of the Roles and ClusterRoles that the operator's account has. */
const operatorRights = async (folder: string): Promise<Map<string, Set<string>>> => {
  const rights = new Map<string, Set<string>>();
  for (const { kind, metadata, rules = [] } of (await readManifests(folder)) as (Applied & { rules?: Rule[] })[]) {
    const ofUsers = metadata.labels !== undefined || PROFILES.includes(metadata.name);
    if (!/Role$/.test(kind) || ofUsers) continue;
    for (const { apiGroups, resources, verbs } of rules) {
      for (const resource of resources) {
        const key = apiGroups.includes('events.k8s.io') ? `${resource} (events.k8s.io)` : resource;
        rights.set(key, new Set([...(rights.get(key) ?? []), ...verbs]));
      }
    }
  }
  return rights;
};

for (const folder of ['rbac', 'namespace', 'job-scanner', 'openreports', 'pull-secrets']) {
  test(`docs/SECURITY.md has every right of a stolen token that is from config/${folder}, and no other`, async () => {
    const table = rows(section('docs/SECURITY.md', 'What a stolen operator token reads and writes'));
    const documented = new Map<string, Set<string>>();
    for (const [resources = '', from = ''] of table) {
      const [verbs = '', source = ''] = from.split(': ');
      if (source !== `\`config/${folder}\``) continue;
      for (const [, name = '', group = ''] of resources.matchAll(/`([^`]+)`( \([\w.]+\))?/g)) {
        documented.set(name + group, new Set([...(documented.get(name + group) ?? []), ...verbs.split(', ')]));
      }
    }
    const sorted = (rights: Map<string, Set<string>>) =>
      [...rights].map(([resource, verbs]) => `${resource}: ${[...verbs].sort().join(' ')}`).sort();
    assert.equal(sorted(documented), sorted(await operatorRights(`config/${folder}`)));
  });
}

/** The anchors that GitHub makes of headings, and those in HTML. */
const anchors = (of: string): string[] => [
  ...[...of.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  ),
  ...[...of.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id),
];

for (const file of files) {
  test(`${file}: every link inside the checkout has a target`, () => {
    // A pattern in code is not a link.
    const links = [
      ...text(file)
        .replaceAll(/`[^`\n]*`/g, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, link = '']) => link);
    const dead = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : relative(root, join(root, dirname(file), path));
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchors(text(target)).includes(anchor);
      });
    assert.equal(dead, []);
  });
}

test.run();

import { spawnSync } from 'node:child_process';
import { glob, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

// The rules of biome.json for imports and globals: a pattern that matches nothing is no rule, and biome does not say so.

const ROOT = join(import.meta.dirname, '../..');
const OUTSIDE = ['hack/until.ts', 'test/kube/until.ts', 'src/main.ts'];
const ABOVE_POLICY = ['src/scan/image.ts', 'src/operator/run.ts', 'src/cli/errors.ts', ...OUTSIDE];
const ABOVE_SCAN = ['src/policy/pod.ts', 'src/operator/run.ts', 'src/cli/errors.ts', ...OUTSIDE];
const ABOVE_REGISTRY = [
  'src/scan/scanner/scanner.ts',
  'src/scan/store/report.ts',
  'src/scan/engine/engine.ts',
  'src/scan/imagescan/caches.ts',
  'src/scan/report/model.ts',
  ...ABOVE_SCAN,
];
const THREADS = 'src/threads/start-thread.ts';
const ABOVE_REACH = ['src/kube/clock.ts', 'src/telemetry/log.ts', THREADS, ...ABOVE_POLICY, 'src/policy/pod.ts'];
const ABOVE_API = [
  'src/kube/clock.ts',
  'src/reach/world.ts',
  'src/policy/pod.ts',
  'src/scan/image.ts',
  'src/new-folder/a.ts',
  ...OUTSIDE,
];
const ABOVE_KUBE = ['src/api/group.ts', 'src/telemetry/log.ts', THREADS, ...ABOVE_API.slice(1)];

const IO = [
  'node:fs/promises',
  'node:fs',
  'node:dns',
  'node:tls',
  'node:http2',
  'node:https',
  'node:net',
  'node:worker_threads',
  'node:child_process',
  'undici',
  '@kubernetes/client-node',
  'global fetch',
  'global process',
  'global globalThis.fetch',
];

/** An import is a path from the root, a specifier as it stands, or `global NAME` for the use of a global. */
const rows: [file: string, forbidden: string[], allowed: string[]][] = [
  ['src/text/x.ts', ['src/api/group.ts', 'semver', THREADS, ...IO, ...ABOVE_API], ['src/text/plural.ts']],
  ['src/api/x.ts', ['src/telemetry/log.ts', THREADS, ...ABOVE_API], ['src/text/plural.ts', 'src/api/group.ts']],
  ['src/telemetry/x.ts', ['src/api/group.ts', THREADS, ...ABOVE_API], ['src/text/plural.ts', 'src/telemetry/log.ts']],
  [
    'src/threads/x.ts',
    ['src/api/group.ts', 'src/telemetry/log.ts', ...ABOVE_API],
    ['src/text/plural.ts', THREADS, 'node:worker_threads'],
  ],
  ['src/kube/x.ts', ABOVE_KUBE, ['src/text/plural.ts', 'src/kube/rest/client.ts']],
  ['src/kube/rest/x.ts', ABOVE_KUBE, ['src/text/plural.ts', 'src/kube/kinds.ts', 'src/kube/cache/store.ts']],
  [
    'src/reach/x.ts',
    [...ABOVE_REACH, ...IO],
    ['src/text/plural.ts', 'src/api/group.ts', 'src/reach/world.ts', 'node:util', 'ipaddr.js'],
  ],
  [
    'src/reach/findings/x.ts',
    [...ABOVE_REACH, ...IO],
    ['src/text/plural.ts', 'src/api/group.ts', 'src/reach/world.ts'],
  ],
  [
    'src/policy/x.ts',
    ABOVE_POLICY,
    ['src/kube/clock.ts', 'src/api/group.ts', 'src/reach/world.ts', 'src/policy/sections/list.ts'],
  ],
  [
    'src/policy/children/x.ts',
    ['src/policy/sections/network/dns.ts', 'src/policy/sections/section.ts', ...ABOVE_POLICY],
    ['src/kube/clock.ts', 'src/policy/errors.ts'],
  ],
  ['src/policy/status/x.ts', ['src/policy/sections/network/dns.ts', ...ABOVE_POLICY], ['src/policy/children/pacer.ts']],
  [
    'src/policy/sections/x.ts',
    [
      'src/policy/sections/images/allowed.ts',
      '../sections/images/allowed.ts',
      'src/policy/sections/list.ts',
      'src/policy/controller.ts',
      ...ABOVE_POLICY,
    ],
    ['src/policy/sections/section.ts', 'src/policy/pod.ts'],
  ],
  ['src/policy/sections/list.ts', ABOVE_POLICY, ['src/policy/sections/images/section.ts']],
  [
    'src/policy/sections/network/x.ts',
    [
      'src/policy/sections/images/allowed.ts',
      '../../sections/access/render.ts',
      '../../../policy/sections/access/render.ts',
      'src/policy/sections/list.ts',
      'src/policy/controller.ts',
      ...ABOVE_POLICY,
    ],
    ['src/policy/pod.ts', 'src/policy/sections/section.ts', 'src/policy/sections/network/dns.ts', 'src/kube/clock.ts'],
  ],
  // One folder deeper, where no section has files yet.
  [
    'src/policy/sections/new/folder/x.ts',
    await everySection(),
    ['src/policy/sections/section.ts', 'src/policy/pod.ts'],
  ],
  ['src/scan/x.ts', ABOVE_SCAN, ['src/kube/clock.ts', 'src/scan/registry/client.ts']],
  ['src/scan/registry/x.ts', ABOVE_REGISTRY, ['src/scan/image.ts', 'node:fs']],
  ['src/scan/findings/versions/x.ts', ABOVE_REGISTRY, ['src/scan/image.ts', 'src/scan/findings/order.ts']],
  ['src/scan/engine/queue/x.ts', ['src/scan/imagescan/caches.ts', ...ABOVE_SCAN], ['src/scan/engine/engine.ts']],
  ['src/scan/store/x.ts', ['src/scan/imagescan/caches.ts', ...ABOVE_SCAN], ['src/scan/findings/match.ts', 'node:fs']],
  ['src/scan/scanner/analysis/x.ts', ['src/scan/imagescan/caches.ts', ...ABOVE_SCAN], ['src/scan/registry/client.ts']],
  [
    'src/scan/report/format/x.ts',
    [
      'src/kube/clock.ts',
      'src/scan/store/store-error.ts',
      'src/scan/registry/client.ts',
      'src/scan/report/read.ts',
      'src/scan/report/endpoint/endpoint.ts',
      'src/scan/report/openreports/openreports.ts',
      'src/scan/scanning.ts',
      'src/scan/upkeep.ts',
      ...IO,
      ...ABOVE_SCAN,
    ],
    [
      'src/scan/report/model.ts',
      'src/scan/report/format/json.ts',
      'src/scan/findings/order.ts',
      'src/api/imagescan.ts',
      'src/text/plural.ts',
      'node:crypto',
      'string-width',
    ],
  ],
  ['src/operator/x.ts', ['src/cli/errors.ts', ...OUTSIDE], ['src/policy/pod.ts', 'src/scan/image.ts']],
  ['src/cli/report/x.ts', OUTSIDE, ['src/operator/settings.ts', 'src/policy/pod.ts']],
];

async function everySection(): Promise<string[]> {
  const entries = await readdir(join(ROOT, 'src/policy/sections'), { withFileTypes: true });
  return entries.filter((one) => one.isDirectory()).map(({ name }) => `src/policy/sections/${name}/section.ts`);
}

const relative = (from: string, to: string): string => {
  if (!/^(src|hack|test)\//.test(to)) return to;
  const up = from.split('/').length - 1;
  const shared = from.split('/').findIndex((part, index) => part !== to.split('/')[index]);
  const steps = up - shared;
  return `${steps === 0 ? './' : '../'.repeat(steps)}${to.split('/').slice(shared).join('/')}`;
};

const text = (file: string, imports: readonly string[]): string =>
  imports
    .map((to, index) =>
      to.startsWith('global ')
        ? `export const a${index} = ${to.slice('global '.length)};\n`
        : `import { a as a${index} } from '${relative(file, to)}';\n`,
    )
    .join('');

/** Lints files that have these imports. @returns the refused imports by file */
const lint = async (files: ReadonlyMap<string, readonly string[]>): Promise<ReadonlyMap<string, string[]>> => {
  const directory = await mkdtemp(join(tmpdir(), 'palisade-layers-'));
  try {
    const { vcs: _, $schema: __, ...config } = JSON.parse(await readFile(join(ROOT, 'biome.json'), 'utf8'));
    await writeFile(join(directory, 'biome.json'), JSON.stringify(config));
    for (const [file, imports] of files) {
      await mkdir(dirname(join(directory, file)), { recursive: true });
      await writeFile(join(directory, file), text(file, imports));
    }
    const args = [
      'lint',
      '--colors=off',
      '--max-diagnostics=none',
      '--only=style/noRestrictedImports',
      '--only=style/noRestrictedGlobals',
    ];
    const { stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/biome'), args, {
      cwd: directory,
      encoding: 'utf8',
    });
    const found = [...`${stdout}${stderr}`.matchAll(/^(\S+):(\d+):\d+ lint\/style\/noRestricted(?:Imports|Globals)/gm)];
    const refused = new Map<string, string[]>();
    for (const [, file = '', line] of found) {
      refused.set(file, [...(refused.get(file) ?? []), files.get(file)?.[Number(line) - 1] ?? '']);
    }
    return refused;
  } finally {
    await rm(directory, { recursive: true });
  }
};

const refused = await lint(new Map(rows.map(([file, forbidden, allowed]) => [file, [...forbidden, ...allowed]])));

for (const [file, forbidden, allowed] of rows) {
  test(`${file} may not import ${forbidden.join(', ')}; it may import ${allowed.join(', ')}`, () => {
    assert.equal([...new Set(refused.get(file))].sort(), [...forbidden].sort());
  });
}

test('every import of src is the shortest path, since the rules match its text', async () => {
  const detours: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: ROOT })) {
    const source = await readFile(join(ROOT, file), 'utf8');
    for (const [, path = ''] of source.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]*)['"]/g)) {
      const target = posix.join(dirname(file), path);
      const shortest = relative(file, target);
      if (target.startsWith('src/') && path !== shortest) detours.push(`${file}: ${path} is ${shortest}`);
    }
  }
  assert.equal(detours, []);
});

test.run();

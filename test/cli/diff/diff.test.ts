import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { palisade } from '../palisade.ts';

const root = await mkdtemp(join(tmpdir(), 'palisade-diff-'));
const repository = join(root, 'repository');
const manifests = join(repository, 'manifests');

const git = (...args: string[]): void => {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', ['-C', repository, ...identity, ...args], { stdio: 'ignore' });
};

const policy = (app: string): string => `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: shop, namespace: shop}
spec: {network: {allow: {sameNamespace: false, ingress: [{pods: {matchLabels: {app: db}}, from: [{pods: {matchLabels: {app: ${app}}}}], ports: [{port: 5432}]}], egress: [{to: [{anywhere: true}]}]}}}
`;

const WORKLOADS = ['web', 'db']
  .map(
    (app) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${app}, namespace: shop}
spec: {template: {metadata: {labels: {app: ${app}}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 5432}]}]}}}
`,
  )
  .join('');

await mkdir(manifests, { recursive: true });
await writeFile(join(manifests, 'app.yaml'), WORKLOADS);
await writeFile(join(manifests, 'policy.yaml'), policy('web'));
git('init', '--quiet', '--initial-branch=main');
git('add', '.');
git('commit', '--quiet', '-m', 'first');
git('tag', 'good');

const diff = suite('palisade diff');
diff.after(() => rm(root, { recursive: true }));

const LOST = 'Deployment shop/web may no longer reach Deployment shop/db at port 5432';

diff('a revision without differences ends with 0, one with differences with 1', async () => {
  const same = await palisade(['diff', '-f', manifests, '--against', 'good']);
  assert.equal(same, { status: 0, stdout: 'No differences.\n', stderr: same.stderr });
  await writeFile(join(manifests, 'policy.yaml'), policy('webb'));
  const directory = await palisade(['diff', '-f', manifests, '--against', 'good']);
  assert.is(directory.status, 1, directory.stderr);
  assert.match(directory.stdout, `Connections\n  - ${LOST}\n`);
  const files = ['app.yaml', 'policy.yaml'].flatMap((name) => ['-f', join(manifests, name)]);
  assert.is((await palisade(['diff', ...files, '--against', 'good'])).stdout, directory.stdout);
});

diff('a file that the revision does not have is all new', async () => {
  await writeFile(join(manifests, 'new.yaml'), '{apiVersion: v1, kind: Namespace, metadata: {name: edge}}');
  const { status, stdout } = await palisade(['diff', '-f', join(manifests, 'new.yaml'), '--against', 'good']);
  assert.equal([status, stdout], [1, 'Objects\n  + Namespace edge\n']);
  await rm(join(manifests, 'new.yaml'));
});

diff('JSON and Markdown, against another directory; what a file says makes no Markdown', async () => {
  const other = join(root, 'other');
  await mkdir(other);
  await writeFile(join(other, 'app.yaml'), WORKLOADS);
  await writeFile(join(other, 'policy.yaml'), policy('web'));
  await writeFile(join(manifests, 'policy.yaml'), policy('"a_b_c"'));
  const args = ['diff', '-f', manifests, '--against', other, '-o'];
  const { differences, notes } = JSON.parse((await palisade([...args, 'json'])).stdout);
  assert.ok(Array.isArray(notes));
  assert.equal(
    differences.find(({ area }: { area: string }) => area === 'connections'),
    { area: 'connections', change: 'Removed', message: LOST },
  );
  const { stdout, status } = await palisade([...args, 'markdown']);
  assert.is(status, 1);
  assert.match(stdout, `### Connections\n\n- **Removed**: ${LOST}\n`);
  assert.match(stdout, 'a&#95;b&#95;c');
});

const failures: [name: string, args: string[], expected: RegExp][] = [
  [
    'an unknown revision',
    ['--against', 'no-such-revision'],
    /^--against no-such-revision: it is neither cluster, nor a file or directory, nor a revision of a git repository at .*manifests: fetch the revision \(git fetch origin no-such-revision\), or correct the name\n$/,
  ],
  ['a revision that looks like a flag', ['--against=--help'], /^--against --help: it is neither cluster/],
  ['a cluster that cannot be asked', ['--kubeconfig', join(root, 'none')], /none/],
];

for (const [name, args, expected] of failures) {
  diff(`${name} ends with 2`, async () => {
    const { status, stdout, stderr } = await palisade(['diff', '-f', manifests, ...args]);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, expected);
  });
}

diff('a file that the API server would refuse ends with 2', async () => {
  const bad = join(root, 'bad.yaml');
  await writeFile(bad, policy('web').replace('port: 5432', 'port: 0'));
  const { status, stderr } = await palisade(['diff', '-f', bad, '--against', manifests]);
  assert.is(status, 2);
  assert.match(stderr, /ports\[0\]\.port/);
});

diff('a revision needs git', async () => {
  const { PATH } = process.env;
  process.env.PATH = root;
  try {
    const { status, stderr } = await palisade(['diff', '-f', manifests, '--against', 'good']);
    assert.is(status, 2);
    assert.match(stderr, /needs git, which is not installed: install it/);
  } finally {
    process.env.PATH = PATH;
  }
});

diff.run();

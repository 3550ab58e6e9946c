// needs: cluster
// What `palisade diff` says of a cluster, and that it says nothing once the operator did what the file says.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { palisade as run } from '../../cli/palisade.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
const { diffed } = await palisade.namespaces(['diffed']);
const directory = await mkdtemp(join(tmpdir(), 'palisade-diff-'));
test.after(async () => {
  await palisade.close();
  await rm(directory, { recursive: true });
});

const diff = async (spec: object) => {
  const file = join(directory, 'policy.json');
  const [apiVersion, kind] = ['security.palisade.dev/v1alpha1', 'ContainerSecurityPolicy'];
  await writeFile(file, JSON.stringify({ apiVersion, kind, metadata: { name: 'rules', namespace: diffed }, spec }));
  return run(['diff', '-f', file, '--kubeconfig', palisade.kubeconfig]);
};

const server = (name: string) =>
  palisade.admin.create(
    KINDS.Pod,
    {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: diffed, labels: { app: name } } },
      spec: { containers: [{ name: 'main', image: 'registry.example.com/app:1', ports: [{ containerPort: 5432 }] }] },
    },
    { namespace: diffed },
  );

const callers = (app: string): PolicySpec => ({
  network: {
    allow: {
      ingress: [{ pods: { matchLabels: { app: 'db' } }, from: [{ pods: { matchLabels: { app } } }] }],
      egress: [{ to: [{ anywhere: true }] }],
    },
  },
});

test('connections, the pods that violate a level, and the images that rules do not allow', async () => {
  await server('db');
  await server('web');
  await palisade.pod(diffed, 'privileged', { privileged: true });
  const { status, stdout, stderr } = await diff({
    ...{ network: {}, podSecurity: { level: 'baseline' } },
    images: { allowed: ['other.example.com/*'] },
  });
  assert.is(status, 1, stderr);
  assert.match(stdout, new RegExp(`^ {2}\\+ ContainerSecurityPolicy ${diffed}/rules$`, 'm'));
  assert.match(stdout, new RegExp(`^ {2}- .* may no longer reach Pod ${diffed}/db at port 5432$`, 'm'));
  assert.match(
    stdout,
    new RegExp(
      `policies of namespace ${diffed} request baseline:latest \\(onViolation Wait\\); before: no level; 1 existing pod violates it, so it is not enforced before no pod does: privileged: privileged`,
    ),
  );
  const owners = ['db', 'privileged', 'web'].map((name) => `Pod ${diffed}/${name}`).join(', ');
  assert.ok(stdout.includes(`  - image registry.example.com/app:1 of ${owners} is not allowed: `), stdout);
});

test('nothing differs from what the operator did, and another caller does', async () => {
  const operator = await palisade.operator(diffed);
  await palisade.apply(diffed, 'rules', callers('web'));
  await palisade.ready(diffed, 'rules');
  await operator.stop();
  const { status, stdout, stderr } = await diff(callers('web'));
  assert.equal([status, stdout], [0, 'No differences.\n'], stderr);
  const changed = await diff(callers('privileged'));
  assert.is(changed.status, 1, changed.stderr);
  assert.ok(
    changed.stdout.includes(`  - Pod ${diffed}/web may no longer reach Pod ${diffed}/db at port 5432\n`),
    changed.stdout,
  );
});

test.run();

// suite: tools
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryDirectory } from '../hack/directory.ts';
import { addProgram, type Machine, openMachine, recipe, run } from './pipeline.ts';

// The pipelines of docs/ci.md that check and compare policies.

/** As GitHub runs a step that names no shell. */
const SHELL = ['bash', '-e', '-c'] as const;

const APP = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 3000}]}]}}}
---
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 3000}]}}
`;

const policy = (port: number | string): string => `apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books, namespace: shop}
spec:
  network:
    isolate: [Ingress]
    allow:
      ingress:
        - description: visitors
          from: [{anywhere: true}]
          ports: [{port: ${port}}]
`;

const write = async ({ work }: Machine, folder: string, port: number | string): Promise<void> => {
  await mkdir(join(work, folder), { recursive: true });
  await writeFile(join(work, folder, 'app.yaml'), APP);
  await writeFile(join(work, folder, 'policy.yaml'), policy(port));
};

test('palisade check: a finding fails the step, with an annotation at the line of the rule', async () => {
  await using directory = await temporaryDirectory();
  const machine = await openMachine(directory.path, {});
  const [step, ...others] = await recipe('Checking the rules of policies');
  assert.equal(others, []);
  await write(machine, 'manifests', 3000);
  assert.equal(await run(SHELL, step.run, machine), { status: 0, stdout: '', stderr: '' });
  await write(machine, 'manifests', 80);
  const wrong = await run(SHELL, step.run, machine);
  assert.is(wrong.status, 1, wrong.stderr);
  assert.match(wrong.stdout, /^::warning file=manifests\/policy\.yaml,line=9,col=\d+,title=PortNotDeclared::/m);
  await write(machine, 'manifests', '{}');
  assert.is((await run(SHELL, step.run, machine)).status, 2);
});

/** Posts into files, and refuses what the real one would. */
const GH = `#!/bin/sh
[ "$1 $2" = "pr comment" ] || { echo "gh $*" >&2; exit 1; }
[ -n "$GH_TOKEN" ] || { echo "set GH_TOKEN" >&2; exit 4; }
[ -n "$GH_REPO" ] || { echo "not a git repository" >&2; exit 1; }
pull=$3; shift 3
while [ $# -gt 0 ]; do
  case $1 in
    --body-file) cp "$2" "$HOME/comment-$pull.md"; shift 2 ;;
    --edit-last | --create-if-none) shift ;;
    *) echo "unknown flag $1" >&2; exit 1 ;;
  esac
done
`;

test('palisade diff: what changes is a comment of the pull request, and an error fails the job', async () => {
  await using directory = await temporaryDirectory();
  const machine = await openMachine(directory.path, {});
  await addProgram(machine, 'gh', GH);
  const { jobs } = await recipe('Showing what a change means');
  const { steps, env } = jobs.diff;
  const variables = Object.fromEntries(
    Object.entries(env as Record<string, string>).map(([name, text]) => [
      ...[name, text === '${{ github.event.number }}' ? '7' : text],
    ]),
  );
  const checkouts = steps.flatMap((one: { uses?: string; with?: { path: string } }) =>
    one.uses?.startsWith('actions/checkout@') ? (one.with?.path ?? '.') : [],
  );
  assert.equal(checkouts, ['head', 'base']);
  const scripts: string[] = steps.flatMap((one: { run?: string }) => one.run ?? []);
  const job = async (head: number | string) => {
    await write(machine, 'base/manifests', 3000);
    await write(machine, 'head/manifests', head);
    for (const script of scripts) {
      const { status, stderr } = await run(SHELL, script, machine, variables);
      if (status !== 0) return { status, stderr };
    }
    return { status: 0, comment: await readFile(join(machine.home, 'comment-7.md'), 'utf8') };
  };
  const { status, comment } = await job(80);
  assert.is(status, 0);
  assert.match(
    comment ?? '',
    /^## palisade diff\n[\s\S]*\*\*Added\*\*: .*PortNotDeclared: none of its pods declares port 80/,
  );
  assert.match((await job(3000)).comment ?? '', /^No differences\.$/m);
  const failed = await job('{}');
  assert.is(failed.status, 1);
  assert.match(failed.stderr ?? '', 'head/manifests/policy.yaml');
});

test.run();

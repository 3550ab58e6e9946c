import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import packageJson from '../../package.json' with { type: 'json' };
import { runProgram } from '../../src/cli/program.ts';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** In this process, as src/main.ts does it: a process of its own would compile everything each time. */
const palisade = async (
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Run> => {
  const written = { stdout: '', stderr: '' };
  const status = await runProgram(args, {
    env,
    stdin: Readable.from([Buffer.from(input)]),
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
  });
  return { status, ...written };
};

const POLICY = `apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: p}
spec: {podSecurity: {level: baseline}}
`;

const LABELS = `apiVersion: v1
kind: Namespace
metadata:
  name: default
  labels:
    pod-security.kubernetes.io/enforce: baseline
    pod-security.kubernetes.io/enforce-version: latest
    pod-security.kubernetes.io/audit: baseline
    pod-security.kubernetes.io/audit-version: latest
    pod-security.kubernetes.io/warn: baseline
    pod-security.kubernetes.io/warn-version: latest
`;

const program = suite('program');

program('--version', async () => {
  assert.equal(await palisade(['--version']), { status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});

program('--help names every command', async () => {
  assert.equal(await palisade(['--help']), {
    status: 0,
    stdout: `Usage: palisade [options] [command]

Palisade enforces the ContainerSecurityPolicies of Kubernetes namespaces, and scans the images that run there for known
vulnerabilities, as ImageScans define.

Options:
  -V, --version                         print the version
  -h, --help                            print help

Commands:
  operator [options]                    run the operator against a cluster
  render [options]                      print the objects that the operator would create
  explain [options]                     describe policies in plain English
  can [options] [source] [destination]  tell whether a pod may connect to another, and why
  check [options]                       find mistakes in the rules of policies
  preview [options]                     show which connections policies would cut
  diff [options]                        show what a change of policies means
  test [options] <file...>              test what a team expects of its policies
  suggest [options] <namespace>         suggest a policy for what runs in a namespace
  graph [options]                       draw which workloads may connect to each other
  sbom [options] <reference...>         print the SBOM of an image
  scan [options] <image...>             scan images before they are deployed
  report [options] [namespace/name]     print the scan results of an ImageScan
  adopt [options] <namespace/name>      let a policy take over objects that a backup restored
  uninstall [options]                   delete all policies and everything that they generated
  help [command]                        print help for a command
`,
    stderr: '',
  });
});

program('operator --help names every flag with its variable and its default', async () => {
  const { status, stdout } = await palisade(['operator', '--help']);
  assert.is(status, 0);
  const words = stdout.replaceAll(/\s+/g, ' ');
  for (const line of [
    "--kubeconfig <path> path of the kubeconfig (default: KUBECONFIG, ~/.kube/config, or the pod's ServiceAccount) [PALISADE_KUBECONFIG]",
    '--namespaces <a,b> namespaces whose policies and ImageScans are reconciled (default: all) [PALISADE_NAMESPACES]',
    '--workers <n> number of policies, and of ImageScans, that are reconciled concurrently, 1 to 64 (default: 4) [PALISADE_WORKERS]',
    '--resync <duration> resync period of policies and ImageScans, 10s to 24h (default: 10m) [PALISADE_RESYNC]',
    '(default: auto) [PALISADE_DNS_PEERS]',
    '(default: k8s-app=kube-dns or coredns in kube-system, and openshift-dns/dns-default) [PALISADE_DNS_SERVICE]',
    '(default: 127.0.0.1:8080) [PALISADE_METRICS_ADDRESS]',
    '(default: 127.0.0.1:8081) [PALISADE_HEALTH_ADDRESS]',
    '(default: 127.0.0.1:8082) [PALISADE_REPORT_ADDRESS]',
    '--openreports [boolean] write an openreports.io Report for each ImageScan if its CRD is installed (default: false; without a value: true) [PALISADE_OPENREPORTS]',
    '(default: info) [PALISADE_LOG_LEVEL]',
    '(default: json; text when stderr is a terminal) [PALISADE_LOG_FORMAT]',
  ]) {
    assert.ok(words.includes(line), line);
  }
});

const usage: [args: string[], env: Record<string, string>, line: string][] = [
  [
    [],
    {},
    'no command: use palisade operator, render, explain, can, check, preview, diff, test, suggest, graph, sbom, scan, report, adopt or uninstall; see palisade --help',
  ],
  [
    ['rendr'],
    {},
    'unknown command "rendr": use palisade operator, render, explain, can, check, preview, diff, test, suggest, graph, sbom, scan, report, adopt or uninstall; see palisade --help',
  ],
  [['operator', '--wrokers', '3'], {}, "unknown option '--wrokers' (Did you mean --workers?)"],
  [['operator', '--workers'], {}, "option '--workers <n>' argument missing"],
  [['operator', '--workers', '0'], {}, '--workers: "0" is not an integer from 1 to 64'],
  [['operator'], { PALISADE_RESYNC: '5s' }, 'PALISADE_RESYNC: "5s" is not between 10s and 24h'],
  [['operator', 'now'], {}, "too many arguments for 'operator'. Expected 0 arguments but got 1: now."],
  [['render'], {}, "required option '-f, --filename <file...>' not specified"],
  [
    ['render', '-f', '-', '-o', 'xml'],
    {},
    "option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are yaml, json.",
  ],
  [['render', '-f', '-', '-n', 'A'], {}, '--namespace: "A" is not a namespace name: use a name such as team-a'],
  [
    ['render', '-f', '-', '--api-server', '10.0.0.0/8:443'],
    {},
    '--api-server: "10.0.0.0/8:443" is not an API server address: use a single address and its port, as in 10.0.0.1/32:6443 or fd00::1/128:6443',
  ],
  [
    ['render', '-f', '-'],
    { PALISADE_DNS_PEERS: 'x' },
    'PALISADE_DNS_PEERS: "x" is not a DNS peer: write auto, namespace/label=value:port or cidr:port, as in kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53',
  ],
];

for (const [args, env, line] of usage) {
  program(`palisade ${args.join(' ')} ${Object.keys(env)} ends with 2 and one line`, async () => {
    assert.equal(await palisade(args, { env }), { status: 2, stdout: '', stderr: `palisade: ${line}\n` });
  });
}

program('render reads stdin', async () => {
  assert.equal(await palisade(['render', '-f', '-'], { input: POLICY }), { status: 0, stdout: LABELS, stderr: '' });
});

program('render takes several files, -n, and JSON as output', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'palisade-program-'));
  try {
    const files = ['a', 'b'].map((name) => join(directory, `${name}.yaml`));
    for (const [i, file] of files.entries()) writeFileSync(file, POLICY.replace('name: p', `name: p${i}`));
    const { status, stdout } = await palisade(['render', '-f', ...files, '-n', 'team-a', '-o', 'json']);
    assert.is(status, 0);
    const { kind, items } = JSON.parse(stdout) as { kind: string; items: { metadata: { name: string } }[] };
    assert.is(kind, 'List');
    assert.equal(
      items.map((i) => i.metadata.name),
      ['team-a'],
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

program('notes go to stderr, the objects alone to stdout', async () => {
  const input = `apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n${POLICY.replace('spec: {', 'spec: {mode: Audit, ')}`;
  assert.equal(await palisade(['render', '-f', '-'], { input }), {
    status: 0,
    stdout: LABELS,
    stderr:
      'stdin: skipped Service web\ndefault/p: mode is Audit: nothing is enforced; the output shows the objects of mode Enforce\n',
  });
});

program('invalid input ends with 1, one line for each problem, and no rendered object', async () => {
  const input = `${POLICY}---\n${POLICY.replace('baseline', 'strict')}`;
  assert.equal(await palisade(['render', '-f', '-', 'nosuch.yaml'], { input }), {
    status: 1,
    stdout: '',
    stderr: 'nosuch.yaml: cannot be read: no such file\n',
  });
  assert.equal(await palisade(['render', '-f', '-'], { input }), {
    status: 1,
    stdout: '',
    stderr:
      'stdin: ContainerSecurityPolicy default/p: spec.podSecurity.level: Unsupported value: "strict": supported values: "privileged", "baseline", "restricted"\n' +
      'stdin: ContainerSecurityPolicy default/p: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation\n',
  });
});

program('what the operator refuses, render refuses too, with the file and the policy', async () => {
  const rules = Array.from(
    { length: 7 },
    (_, n) => `{pods: {matchLabels: {l${n}: x}}, from: [{cidr: 192.0.2.${n}/32}]}`,
  );
  const spec = `spec: {network: {allow: {ingress: [${rules.join(', ')}]}}}\n`;
  const { status, stdout, stderr } = await palisade(['render', '-f', '-'], {
    input: POLICY.replace(/spec: .*\n/, spec),
  });
  assert.equal([status, stdout], [1, '']);
  assert.match(
    stderr,
    /^stdin: ContainerSecurityPolicy default\/p: the pods of the rules of .* overlap in more than 64/,
  );
});

program('a problem stays on one line whatever the input contains', async () => {
  const input = POLICY.replace('podSecurity', '"pod\\nSecurity\\e[31m"');
  const { status, stderr } = await palisade(['explain', '-f', '-'], { input });
  assert.is(status, 1);
  assert.equal(
    stderr.split('\n')[0],
    'stdin: ContainerSecurityPolicy default/p: spec.pod Security\ufffd[31m: unknown field: known fields are mode, suspend, childLabels, network, podSecurity, access, images, scan, proposed',
  );
});

program('explain', async () => {
  const { status, stdout } = await palisade(['explain', '-f', '-'], { input: POLICY });
  assert.is(status, 0);
  assert.ok(stdout.startsWith('ContainerSecurityPolicy p in namespace default\nMode Enforce: '));
});

program(
  'src/main.ts passes on the arguments, streams and variables of its process, and ends with the returned status',
  () => {
    const run = (args: readonly string[], env: Record<string, string>) => {
      const options = { input: POLICY, encoding: 'utf8', env: { PATH: process.env.PATH, ...env } } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], options);
      return { status, stdout, stderr };
    };
    assert.equal(run(['render', '-f', '-'], {}), { status: 0, stdout: LABELS, stderr: '' });
    assert.equal(run(['operator'], { PALISADE_RESYNC: '5s' }), {
      status: 2,
      stdout: '',
      stderr: 'palisade: PALISADE_RESYNC: "5s" is not between 10s and 24h\n',
    });
  },
);

program('a reader that closes early is no error', () => {
  const many = Array.from({ length: 2000 }, (_, i) => POLICY.replace('name: p', `name: p, namespace: n${i}`)).join(
    '---\n',
  );
  const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${main}" render -f - | head -1`], {
    input: many,
    encoding: 'utf8',
  });
  assert.equal({ status, stderr }, { status: 0, stderr: '' });
});

program.run();

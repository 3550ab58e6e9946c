import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { palisade, type Ran } from '../palisade.ts';

const graph = (stdin: string, ...args: string[]): Promise<Ran> => palisade(['graph', '-f', '-', ...args], { stdin });

const deployment = (path: string): string => {
  const [namespace, name] = path.split('/');
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}
---`;
};

const POLICY = `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books, namespace: shop}
spec:
  network:
    allow:
      dns: true
      ingress:
        - {pods: {matchLabels: {app: api}}, from: [{pods: {matchLabels: {app: web}}}], ports: [{port: 8080}]}
      egress:
        - {pods: {matchLabels: {app: web}}, to: [{pods: {matchLabels: {app: api}}}], ports: [{port: 8080}]}
`;

const SHOP = ['shop/api', 'shop/web', 'tools/shell'].map(deployment).join('') + POLICY;

test('files become a flowchart, and stderr has what is not known', async () => {
  const { status, stdout, stderr } = await graph(
    SHOP,
    '-o',
    'mermaid',
    '--dns-peers',
    'kube-system/k8s-app=kube-dns:53',
  );
  assert.is(status, 0, stderr);
  assert.is(
    stdout,
    `flowchart LR
  classDef open fill:#fff1c2,stroke:#7a4d00,stroke-width:3px,color:#1b1f24
  subgraph s0 ["shop"]
    n0["api<br/>Deployment"]
    n1["web<br/>Deployment"]
  end
  subgraph s1 ["tools"]
    n2["shell<br/>Deployment · open to all · may call all"]:::open
  end
  n3(["DNS"])
  n0 -->|"53, 53/UDP"| n3
  n1 -->|"53, 53/UDP"| n3
  n1 -->|"8080"| n0
`,
  );
});

for (const [format, start] of [
  ['svg', '<svg xmlns'],
  ['html', '<!doctype html>'],
  ['dot', 'digraph palisade {'],
] as const)
  test(`-o ${format} -n draws one namespace`, async () => {
    const { status, stdout, stderr } = await graph(SHOP, '-o', format, '-n', 'shop');
    assert.is(status, 0, stderr);
    assert.ok(stdout.startsWith(start), stdout);
    assert.match(stdout, 'web');
    assert.not.match(stdout, 'shell');
  });

const refused: [name: string, input: string, args: string[], status: number, message: string][] = [
  ['no format', SHOP, [], 2, "palisade: required option '-o, --output <format>' not specified\n"],
  ['no workload', POLICY, ['-o', 'dot'], 1, 'palisade: no workload found: give files of workloads with -f\n'],
  [
    'a namespace without workloads',
    SHOP,
    ['-o', 'dot', '-n', 'empty'],
    1,
    'palisade: namespace empty has no workload: name one of the 2 namespaces that have some, or give files of workloads with -f\n',
  ],
  [
    'too many workloads',
    [...Array(201).keys()].map((n) => deployment(`shop/web-${n}`)).join(''),
    ['-o', 'html'],
    2,
    'palisade: the picture has 201 workloads, and at most 200 are drawn: name a namespace with -n\n',
  ],
];

for (const [name, input, args, status, message] of refused)
  test(`${name}: is refused with the cure`, async () => {
    assert.equal(await graph(input, ...args), { status, stdout: '', stderr: message });
  });

test.run();

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Checked, check } from '../../../src/cli/check/find.ts';
import { toGithub } from '../../../src/cli/check/format/github.ts';
import { toJson } from '../../../src/cli/check/format/json.ts';
import { toSarif } from '../../../src/cli/check/format/sarif.ts';
import { toTable } from '../../../src/cli/check/format/table.ts';
import { InputError } from '../../../src/cli/errors.ts';
import { buildWorld } from '../../../src/cli/world/build-world.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';
import { temporaryDirectory } from '../../hack/directory.ts';
import { sarifValidator } from '../../scan/report/schemas.ts';
import { palisade } from '../palisade.ts';

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 3000}]}]}}}
---
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: shop}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 3000}]}}
`;

const POLICIES = `apiVersion: v1
kind: List
items:
  - apiVersion: security.palisade.dev/v1alpha1
    kind: ContainerSecurityPolicy
    metadata: {name: books, namespace: shop}
    spec:
      network:
        isolate: [Ingress]
        podSelector: {matchLabels: {app: api}}
        allow:
          ingress:
            - description: "100% of, all: visitors"
              from: [{anywhere: true}]
              ports: [{port: 80}]
            - description: others
              pods: {matchLabels: {app: web}}
              from: [{anywhere: true}]
            - from: [{cidr: 192.0.2.0/24}]
              ports: [{port: 3000}]
  - apiVersion: security.palisade.dev/v1alpha1
    kind: ContainerSecurityPolicy
    metadata: {name: empty, namespace: other}
    spec: {network: {}}
`;

const loaded = (texts: Readonly<Record<string, string>>) =>
  buildWorld({
    manifests: readManifests(Object.entries(texts).map(([file, text]) => ({ file, text }))),
    dns: parseDnsSetting('auto'),
  });

const UNKNOWN =
  'ContainerSecurityPolicy other/empty: the files have no workload of namespace other, so it is unknown what its rules select: add the manifests to --filename, or pass --cluster';

const checked: Checked = check(loaded({ 'app.yaml': APP, 'k8s/my policies.yaml': POLICIES }));

test('each finding has the line of its rule, also in a List', () => {
  assert.equal(
    checked.findings.map(({ policy, file, line, column, reason, rule }) => [
      policy.name,
      file,
      line,
      column,
      reason,
      rule,
    ]),
    [
      ['books', 'k8s/my policies.yaml', 16, 15, 'SelectorContradiction', undefined],
      ['books', 'k8s/my policies.yaml', 13, 15, 'PortNotDeclared', 'ingress[0] "100% of, all: visitors"'],
    ],
  );
  assert.is(checked.policies, 2);
  assert.equal(checked.unknowns, [UNKNOWN]);
});

test('table', () => {
  assert.match(checked.findings[1]?.message ?? '', 'write 3000');
  assert.equal(toTable(checked).split('\n'), [
    'PLACE                     REASON                  POLICY       RULE',
    'k8s/my policies.yaml:16   SelectorContradiction   shop/books   -',
    "    spec.network.allow.ingress[1] (others) has no effect: its pods contradict podSelector, because no pod can have app in (api) and app in (web); correct the rule's pods, or podSelector",
    'k8s/my policies.yaml:13   PortNotDeclared         shop/books   ingress[0] "100% of, all: visitors"',
    `    ${checked.findings[1]?.message}`,
    '',
    '2 findings in 2 policies',
    '',
  ]);
  assert.is(toTable({ findings: [], policies: 1, unknowns: [] }), 'no findings in 1 policy\n');
});

test('GitHub annotations, escaped', () => {
  const [contradiction = '', port = '', unknown] = toGithub(checked).split('\n');
  assert.match(
    contradiction,
    /^::warning file=k8s\/my policies\.yaml,line=16,col=15,title=SelectorContradiction::spec/,
  );
  assert.match(port, '::ingress[0] "100%25 of, all: visitors": none of its pods');
  assert.is(unknown, `::error title=Unknown::${UNKNOWN}`);
  const [odd] = checked.findings;
  const text = toGithub({ ...checked, findings: [{ ...odd!, file: 'a,b:c.yaml', message: 'x\ny' }] });
  assert.match(text, 'file=a%2Cb%3Ac.yaml,');
  assert.match(text, '::x y\n');
});

test('SARIF is valid, and has the lines', async () => {
  const log = JSON.parse(toSarif(checked));
  const validate = await sarifValidator();
  assert.is(await validate(log), '');
  const [run] = log.runs;
  assert.equal(
    run.results.map((result: { ruleId: string; ruleIndex: number; locations: object[] }) => [
      ...[result.ruleId, run.tool.driver.rules[result.ruleIndex].id, result.locations],
    ]),
    [
      ['SelectorContradiction', 16],
      ['PortNotDeclared', 13],
    ].map(([id, startLine]) => [
      ...[id, id],
      [
        {
          physicalLocation: {
            artifactLocation: { uri: 'k8s/my%20policies.yaml' },
            region: { startLine, startColumn: 15 },
          },
        },
      ],
    ]),
  );
  assert.is(run.invocations[0].executionSuccessful, false);
});

test('JSON', () => {
  const { findings, unknowns, notes } = JSON.parse(toJson(checked, ['a note']));
  assert.equal([findings, unknowns, notes], [checked.findings, [UNKNOWN], ['a note']]);
});

test('files without a policy are an error', () => {
  assert.throws(
    () => check(loaded({ 'app.yaml': APP })),
    (error: Error) =>
      error instanceof InputError &&
      error.message === 'the files have no ContainerSecurityPolicy: name one with --filename',
  );
});

const RIGHT = `
apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books, namespace: shop}
spec: {network: {isolate: [Ingress], allow: {ingress: [{from: [{anywhere: true}], ports: [{port: 3000}]}]}}}
`;

const proposal = (network: string) => `apiVersion: security.palisade.dev/v1alpha1
kind: ContainerSecurityPolicy
metadata: {name: books, namespace: shop}
spec:
  network: {isolate: [Ingress], allow: {ingress: [{from: [{anywhere: true}], ports: [{port: 3000}]}]}}
  proposed:
    network: ${network}
`;

test('the rules of spec.proposed are checked as if they were in force, and their findings are at their lines', () => {
  const found = (network: string) =>
    check(loaded({ 'app.yaml': APP, 'p.yaml': proposal(network) })).findings.map(({ reason, rule, line }) => [
      ...[reason, rule, line],
    ]);
  const visitors = (port: number) =>
    `\n      allow:\n        ingress:\n          - {description: visitors, from: [{anywhere: true}], ports: [{port: ${port}}]}`;
  assert.equal(found(visitors(80)), [
    ['ServiceUnreachable', 'spec.proposed', 7],
    ['PortNotDeclared', 'spec.proposed: ingress[0] "visitors"', 10],
  ]);
  assert.equal(found(visitors(3000)), []);
});

test('contradictions in spec.proposed name it', () => {
  const rule = '{pods: {matchLabels: {app: web}}, from: [{anywhere: true}]}';
  const network = `{podSelector: {matchLabels: {app: api}}, allow: {ingress: [${rule}]}}`;
  const { findings } = check(loaded({ 'app.yaml': APP, 'p.yaml': proposal(network) }));
  const [contradiction] = findings.filter(({ reason }) => reason === 'SelectorContradiction');
  assert.is(contradiction?.rule, 'spec.proposed');
  assert.match(contradiction?.message ?? '', /^spec\.proposed\.network\.allow\.ingress\[0\] has no effect/);
});

test('a proposal that leaves the rules as they are has no findings of its own', () => {
  const rules = '{isolate: [Ingress], allow: {ingress: [{from: [{anywhere: true}], ports: [{port: 80}]}]}}';
  const text = proposal(rules).replace(/^ {2}network: .*$/m, `  network: ${rules}`);
  const { findings } = check(loaded({ 'app.yaml': APP, 'p.yaml': text }));
  assert.equal(
    findings.map(({ reason, rule }) => [reason, rule]),
    [
      ['ServiceUnreachable', undefined],
      ['PortNotDeclared', 'ingress[0]'],
    ],
  );
});

test('a proposal that the operator would refuse is unknown', () => {
  const rules = Array.from(
    { length: 7 },
    (_, n) => `{pods: {matchLabels: {l${n}: a}}, from: [{anywhere: true}], ports: [{port: ${8000 + n}}]}`,
  );
  const text = proposal(`{allow: {ingress: [${rules.join(', ')}]}}`);
  const { unknowns } = check(loaded({ 'app.yaml': APP, 'p.yaml': text }));
  assert.match(unknowns.join('\n'), /^ContainerSecurityPolicy shop\/books: spec\.proposed: the pods of .* overlap/);
});

test('the exit status tells findings from what is unknown; a directory, and stdin', async () => {
  await using directory = await temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  await writeFile(at('app.yml'), APP);
  await writeFile(at('kustomization.yaml'), 'resources: [app.yml]\n');
  await writeFile(at('notes.txt'), 'no manifest');
  const right = await palisade(['check', '-f', directory.path, '-'], { stdin: RIGHT });
  assert.equal(right, { status: 0, stdout: 'no findings in 1 policy\n', stderr: '' });
  const wrong = await palisade(['check', '-f', directory.path, '-'], { stdin: RIGHT.replace('3000', '80') });
  assert.equal([wrong.status, wrong.stderr], [1, '']);
  assert.match(wrong.stdout, /^stdin:5 +PortNotDeclared/m);
  const alone = await palisade(['check', '-f', '-'], { stdin: RIGHT });
  assert.equal([alone.status, alone.stdout], [2, 'no findings in 1 policy\n']);
  assert.match(alone.stderr, 'the files have no workload of namespace shop');
  const none = await palisade(['check', '-f', at('nothing')]);
  assert.equal(none, { status: 2, stdout: '', stderr: `${at('nothing')}: cannot be read: no such file\n` });
});

test('a directory without manifests', async () => {
  await using directory = await temporaryDirectory();
  const { status, stderr } = await palisade(['check', '-f', directory.path]);
  assert.equal(
    [status, stderr],
    [
      2,
      `${directory.path}: no file in it ends in .yaml, .yml or .json; with --recursive, directories in it count too\n`,
    ],
  );
});

test.run();

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { CONTAINER_SECURITY_POLICY } from '../../src/api/group.ts';
import type { ContainerSecurityPolicy, FreeRole } from '../../src/api/policy.ts';
import { readSchema } from '../../src/api/schema.ts';
import { explain } from '../../src/cli/explain/explain.ts';
import { readObjects } from '../../src/cli/input/objects.ts';
import { parseApiServer } from '../../src/cli/render/api-server.ts';
import { formatObjects } from '../../src/cli/render/format-objects.ts';
import { render } from '../../src/cli/render/render.ts';
import { compileValidator } from '../../src/cli/validation/validator.ts';
import { DEFAULT_DNS_PEERS, parseDnsPeers } from '../../src/policy/sections/network/dns.ts';

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'samples');
const expected = join(import.meta.dirname, 'expected');
const validate = compileValidator(readSchema(CONTAINER_SECURITY_POLICY));
const context = {
  dnsPeers: parseDnsPeers(DEFAULT_DNS_PEERS),
  apiServer: parseApiServer('192.0.2.10/32:6443,10.96.0.1/32:443'),
};

const samples = readdirSync(directory).filter((file) => file.endsWith('.yaml'));

const policiesOf = (file: string): ContainerSecurityPolicy[] => {
  const text = readFileSync(join(directory, file), 'utf8');
  const reader = { kind: 'ContainerSecurityPolicy', namespace: undefined, validate } as const;
  const { objects, notes } = readObjects<ContainerSecurityPolicy>([{ file, text }], reader);
  assert.equal(notes, []);
  return objects.map(({ object }) => object);
};

type Rule = FreeRole['rules'][number];

const grantable = (): Rule[] =>
  parseAllDocuments(readFileSync(join(root, 'config/rbac/grantable.yaml'), 'utf8')).flatMap(
    (d) => (d.toJS() as { rules?: Rule[] }).rules ?? [],
  );

const covers = (held: Rule, asked: Rule): boolean =>
  (['apiGroups', 'resources', 'verbs'] as const).every((part) => asked[part].every((x) => held[part].includes(x)));

test('there are samples', () => {
  assert.equal(samples, [
    'audit-first.yaml',
    'batch-egress.yaml',
    'ci-deployer.yaml',
    'controller.yaml',
    'database.yaml',
    'isolated-by-default.yaml',
    'team-namespace.yaml',
    'trusted-images.yaml',
    'web-behind-ingress.yaml',
  ]);
});

for (const file of samples) {
  test(`samples/${file} states its purpose, and has its own namespace`, () => {
    const text = readFileSync(join(directory, file), 'utf8');
    assert.match(text, /^# [A-Z]/);
    const { metadata } = parse(text) as ContainerSecurityPolicy;
    assert.ok(metadata.namespace);
    assert.ok(text.includes(`#   kubectl create namespace ${metadata.namespace}\n`));
    assert.ok(text.includes(`#   kubectl apply -f samples/${file}\n`));
  });

  test(`samples/${file} renders to test/samples/expected/${file}`, () => {
    const { objects } = render(policiesOf(file), context);
    assert.is(formatObjects(objects, 'yaml'), readFileSync(join(expected, file), 'utf8'));
  });

  test(`samples/${file} asks for roles that the operator may grant`, () => {
    const asked = policiesOf(file)
      .flatMap((p) => p.spec.access?.roles ?? [])
      .flatMap((r) => r.rules);
    for (const rule of asked)
      assert.ok(
        grantable().some((held) => covers(held, rule)),
        JSON.stringify(rule),
      );
  });
}

for (const file of ['web-behind-ingress.yaml', 'ci-deployer.yaml', 'audit-first.yaml', 'database.yaml']) {
  test(`samples/${file} is explained as in test/samples/expected`, () => {
    const text = policiesOf(file).map(explain).join('\n');
    assert.is(text, readFileSync(join(expected, file.replace('.yaml', '.txt')), 'utf8'));
  });
}

test('each sample has a namespace of its own', () => {
  const namespaces = samples.flatMap((file) => policiesOf(file).map((p) => p.metadata.namespace));
  assert.is(new Set(namespaces).size, samples.length);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from '../../../src/api/group.ts';
import type { ImageScan } from '../../../src/api/imagescan.ts';
import type { ContainerSecurityPolicy } from '../../../src/api/policy.ts';
import { readSchema } from '../../../src/api/schema.ts';
import { InputError } from '../../../src/cli/errors.ts';
import { readObjects } from '../../../src/cli/input/objects.ts';
import { compileValidator } from '../../../src/cli/validation/validator.ts';

const validate = compileValidator(readSchema(CONTAINER_SECURITY_POLICY));

const HEAD = 'apiVersion: security.palisade.dev/v1alpha1\nkind: ContainerSecurityPolicy\n';

const policy = (metadata: string, spec = '{}'): string => `${HEAD}metadata: ${metadata}\nspec: ${spec}\n`;

const read = (text: string | Record<string, string>, namespace?: string) => {
  const sources = typeof text === 'string' ? { 'p.yaml': text } : text;
  return readObjects<ContainerSecurityPolicy>(
    Object.entries(sources).map(([file, content]) => ({ file, text: content })),
    { kind: 'ContainerSecurityPolicy', namespace, validate },
  );
};

const problemsOf = (text: string | Record<string, string>, namespace?: string): readonly string[] => {
  try {
    read(text, namespace);
  } catch (error) {
    assert.instance(error, InputError);
    return (error as InputError).problems;
  }
  return [];
};

test('a policy gets its defaults and its namespace', () => {
  assert.equal(read(policy('{name: payments, namespace: shop}', '{podSecurity: {level: baseline}}')), {
    objects: [
      {
        file: 'p.yaml',
        object: {
          apiVersion: 'security.palisade.dev/v1alpha1',
          kind: 'ContainerSecurityPolicy',
          metadata: { name: 'payments', namespace: 'shop' },
          spec: {
            mode: 'Enforce',
            suspend: false,
            podSecurity: { level: 'baseline', version: 'latest', onViolation: 'Wait' },
          },
        },
      },
    ],
    notes: [],
  });
});

for (const [asked, own, namespace] of [
  [undefined, '', 'default'],
  ['team-a', '', 'team-a'],
  ['team-a', ', namespace: team-a', 'team-a'],
  [undefined, ', namespace: team-b', 'team-b'],
] as const) {
  test(`namespace: --namespace ${asked} and "${own}" is ${namespace}`, () => {
    assert.is(read(policy(`{name: p${own}}`), asked).objects[0]?.object.metadata.namespace, namespace);
  });
}

test('a namespace other than the requested one is refused', () => {
  assert.equal(problemsOf(policy('{name: p, namespace: team-b}'), 'team-a'), [
    'p.yaml: ContainerSecurityPolicy team-b/p: metadata.namespace: "team-b" differs from --namespace "team-a": remove one of them',
  ]);
});

test('an ImageScan is read as the API server would read it', () => {
  const reader = {
    kind: 'ImageScan',
    namespace: undefined,
    validate: compileValidator(readSchema(IMAGE_SCAN)),
  } as const;
  const text = (spec: string) => ({
    file: 's.yaml',
    text: `apiVersion: security.palisade.dev/v1alpha1\nkind: ImageScan\nmetadata: {name: s}\nspec: ${spec}\n---\n${policy('{name: p}')}`,
  });
  const { objects, notes } = readObjects<ImageScan>([text('{failOn: High}')], reader);
  assert.equal(
    objects.map(({ object }) => [object.metadata.namespace, object.spec]),
    [
      [
        'default',
        {
          failOn: 'High',
          ignoreUnfixed: false,
          suspend: false,
          acceptUnknown: ['ThirdPartyPackages', 'NoPackagesFound', 'UnversionedPrograms'],
        },
      ],
    ],
  );
  assert.equal(notes, ['s.yaml: skipped ContainerSecurityPolicy p']);
  const wrong = '{exceptions: [{id: CVE-2024-1, status: not_affected}]}';
  try {
    readObjects([text(wrong)], reader);
    assert.unreachable();
  } catch (error) {
    assert.equal((error as InputError).problems, [
      's.yaml: ImageScan default/s: spec.exceptions[0].justification: status not_affected needs a justification',
    ]);
  }
});

test('other kinds are skipped with a note', () => {
  const text = `apiVersion: v1\nkind: Service\nmetadata: {name: web}\n---\n${policy('{name: p}')}---\napiVersion: kyverno.io/v1\nkind: ContainerSecurityPolicy\n`;
  const { objects, notes } = read(text);
  assert.is(objects.length, 1);
  assert.equal(notes, ['p.yaml: skipped Service web', 'p.yaml: skipped ContainerSecurityPolicy (unnamed)']);
});

test('a List is read as its items', () => {
  const item = JSON.stringify({
    apiVersion: 'security.palisade.dev/v1alpha1',
    kind: 'ContainerSecurityPolicy',
    metadata: { name: 'p' },
    spec: {},
  });
  assert.is(read(`{"apiVersion": "v1", "kind": "List", "items": [${item}]}`).objects.length, 1);
});

test('the output of kubectl get is valid input', () => {
  const text = `${HEAD}metadata:
  name: p
  namespace: shop
  uid: 1
  resourceVersion: "2"
  generation: 3
  creationTimestamp: "2026-01-01T00:00:00Z"
  managedFields: []
  labels: {team: shop}
  annotations: {example.com/note: anything at all}
spec: {}
status: {observedGeneration: 3}
`;
  assert.is(read(text).objects.length, 1);
});

const wrong: [name: string, text: string, problems: string[]][] = [
  ['nothing', '', ['p.yaml: no ContainerSecurityPolicy found']],
  ['other kinds only', 'apiVersion: v1\nkind: Secret\n', ['p.yaml: no ContainerSecurityPolicy found']],
  ['a scalar', 'hello', ['p.yaml: document 1 is not an object: a manifest has apiVersion, kind and metadata']],
  ['a list', '- a', ['p.yaml: document 1 is not an object: a manifest has apiVersion, kind and metadata']],
  [
    'no kind',
    `${policy('{name: p}')}---\napiVersion: v1\n`,
    [
      'p.yaml: document 2 has no kind: a policy has apiVersion: security.palisade.dev/v1alpha1, kind: ContainerSecurityPolicy',
    ],
  ],
  [
    'another version',
    'apiVersion: security.palisade.dev/v1\nkind: ContainerSecurityPolicy\nmetadata: {name: p}\n',
    [
      'p.yaml: ContainerSecurityPolicy default/p: apiVersion: Unsupported value: "security.palisade.dev/v1": supported values: "security.palisade.dev/v1alpha1"',
    ],
  ],
  [
    'a problem of the schema',
    policy('{name: payments, namespace: payments}', '{network: {allow: {ingress: [{from: [{cidr: 10.0.0.1}]}]}}}'),
    [
      'p.yaml: ContainerSecurityPolicy payments/payments: spec.network.allow.ingress[0].from[0].cidr: "10.0.0.1" is not a CIDR: write an address and a prefix length, as in 10.20.0.0/16',
    ],
  ],
  [
    'no name',
    policy('{}'),
    [
      'p.yaml: ContainerSecurityPolicy default/(unnamed): metadata.name: Required value',
      'p.yaml: ContainerSecurityPolicy default/(unnamed): some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ],
  ],
  [
    'a name that cannot be',
    policy('{name: Payments_1}'),
    [
      "p.yaml: ContainerSecurityPolicy default/Payments_1: metadata.name: \"Payments_1\" does not match ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$: Lower-case letters, digits, '-' and '.', as in my-policy.",
    ],
  ],
  [
    'labels that cannot be',
    policy('{name: p, labels: {a b: c, d: "e f"}}'),
    [
      'p.yaml: ContainerSecurityPolicy default/p: metadata.labels: "a b" does not match ^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$',
      "p.yaml: ContainerSecurityPolicy default/p: metadata.labels.d: \"e f\" does not match ^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$: Letters, digits, '-', '_' and '.', beginning and ending with a letter or digit.",
    ],
  ],
  [
    'the same policy twice',
    `${policy('{name: p}')}---\n${policy('{name: p, namespace: default}')}`,
    [
      'p.yaml: ContainerSecurityPolicy default/p: already defined in p.yaml: the later definition would replace the earlier one: remove one of them',
    ],
  ],
];

for (const [name, text, problems] of wrong) {
  test(`${name} is refused`, () => {
    assert.equal(problemsOf(text), problems);
  });
}

test('all problems of all files are reported together', () => {
  const problems = problemsOf({
    'a.yaml': policy('{name: a}', '{mode: X}'),
    'b.yaml': 'a: [',
    'c.yaml': policy('{name: c}', '{podSecurity: {}}'),
  });
  assert.equal(
    problems.map((p) => p.split(':')[0]),
    ['a.yaml', 'a.yaml', 'b.yaml', 'c.yaml', 'c.yaml'],
  );
});

test('the list of problems is bounded', () => {
  const problems = problemsOf(policy('{name: p}', `{${Array.from({ length: 200 }, (_, i) => `f${i}: 1`).join(', ')}}`));
  assert.is(problems.length, 51);
  assert.is(problems.at(-1), '… and 151 more problems');
});

test.run();

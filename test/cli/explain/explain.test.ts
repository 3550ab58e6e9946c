import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ImagesSection, Peer, PolicySpec, Port, ScanSection, Selector } from '../../../src/api/policy.ts';
import { explain } from '../../../src/cli/explain/explain.ts';
import { policyOf } from '../../policy/policy.ts';

/** The paragraph that begins so, without its caveats. */
const paragraph = (spec: PolicySpec, start: string): string[] => {
  const found = explain(policyOf(spec))
    .trimEnd()
    .split('\n\n')
    .find((p) => p.startsWith(start));
  assert.ok(found, start);
  return found.split('\n').filter((line) => !/^ {2}(Other policies|A connection between|Always allowed)/.test(line));
};

test('an empty policy is explained as restricting nothing', () => {
  assert.is(
    explain(policyOf({})),
    `ContainerSecurityPolicy payments in namespace team-a
Mode Enforce: the operator enforces this policy, and reverts changes to the objects that it generates.

Network: this policy neither restricts nor allows traffic.

Pod security: not restricted by this policy.

Access: this policy grants no permissions.

Images: not restricted by this policy.

Scans: not configured by this policy.
`,
  );
});

test('images, by pattern and by digest', () => {
  const rules = (images: ImagesSection) => paragraph({ images }, 'Images')[1];
  assert.equal(paragraph({ images: { allowed: ['docker.io/library/nginx'] } }, 'Images'), [
    'Images: containers of every kind and image volumes may use only images from',
    '  docker.io/library/nginx, with any tag or digest.',
    '  onViolation Wait: the API server warns of any other image at once; it rejects a pod with one only after no running pod and no workload of the namespace has one.',
    '  Rules in force hold even while the operator is down. Running pods are not affected.',
    '  Every policy in the namespace must allow an image.',
  ]);
  assert.is(
    rules({ allowed: ['docker.io/library/nginx', 'ghcr.io/a/*'], requireDigest: true }),
    '  docker.io/library/nginx and every repository below ghcr.io/a/, referenced by digest.',
  );
  assert.is(rules({ requireDigest: true }), '  any repository, referenced by digest.');
  assert.is(
    paragraph({ mode: 'Audit', images: { requireDigest: true } }, 'Images')[4],
    '  In mode Audit the API server admits the pod, returns a warning, and records the violation in its audit log.',
  );
});

const UPDATED = 'when the vulnerability database is updated';
const ALWAYS = `when it first appears and ${UPDATED}`;

const UNKNOWN = '  Its compliance is unknown while an image has packages that were not looked at';
const BY_DEFAULT = `${UNKNOWN}; accepted are packages of other vendors than the distribution, images without a package database and programs without a version.`;

const scans: [what: string, scan: ScanSection, when: string, compliant: string, unknown?: string[]][] = [
  ['nothing else', {}, ALWAYS, 'while no finding is Critical.'],
  [
    'a schedule',
    { schedule: '@daily' },
    `when it first appears, ${UPDATED} and at @daily (UTC)`,
    'while no finding is Critical.',
  ],
  [
    'a schedule in a time zone',
    { schedule: '0 3 * * *', timeZone: 'Europe/Berlin' },
    `when it first appears, ${UPDATED} and at 0 3 * * * (Europe/Berlin)`,
    'while no finding is Critical.',
  ],
  ['a severity', { failOn: 'Medium' }, ALWAYS, 'while no finding is Medium or more severe.'],
  ['no severity', { failOn: 'None', ignoreUnfixed: true }, ALWAYS, 'regardless of its findings.'],
  [
    'what nothing fixes left out',
    { failOn: 'High', ignoreUnfixed: true },
    ALWAYS,
    'while no finding is High or more severe; findings without a fixed version are ignored.',
  ],
  [
    'exploited findings',
    { failOnKnownExploited: true, acceptUnknown: [] },
    ALWAYS,
    'while no finding is Critical or known to be exploited.',
    [`${UNKNOWN}.`, '  Its compliance is unknown too while the operator has no current KEV (--enrichment).'],
  ],
  [
    'exploited findings alone',
    { failOn: 'None', failOnKnownExploited: true, acceptUnknown: ['UnidentifiedJars'] },
    ALWAYS,
    'while no finding is known to be exploited.',
    [
      `${UNKNOWN}; accepted are jars that cannot be identified.`,
      '  Its compliance is unknown too while the operator has no current KEV (--enrichment).',
    ],
  ],
];

for (const [what, scan, when, compliant, unknown = [BY_DEFAULT]] of scans) {
  test(`a scan with ${what}`, () =>
    assert.equal(paragraph({ scan }, 'Scans'), [
      'Scans: every image that runs in the namespace is scanned for known vulnerabilities',
      `  ${when}.`,
      `  ImageScan payments is compliant ${compliant}`,
      ...unknown,
      '  Its status has the findings. Findings do not block or stop any pod.',
    ]));
}

test('an empty network section isolates everything but DNS', () => {
  assert.equal(paragraph({ network: {} }, 'Network'), [
    'Network: all pods in the namespace',
    '  All incoming connections are denied.',
    '  All pods may connect to:',
    "    - the cluster's DNS, as the operator's --dns-peers defines it",
    '  All other outgoing connections are denied.',
  ]);
});

test('without DNS all egress is denied', () => {
  assert.equal(paragraph({ network: { isolate: ['Egress'], allow: { dns: false } } }, 'Network'), [
    'Network: all pods in the namespace',
    '  This policy does not restrict incoming connections.',
    '  All outgoing connections are denied, including DNS.',
  ]);
});

test('directions without isolation are explained as open', () => {
  const network = { isolate: ['Ingress' as const], podSelector: { matchLabels: { app: 'db' } } };
  assert.equal(paragraph({ network }, 'Network'), [
    'Network: pods with app=db; other pods are not affected',
    '  All incoming connections are denied.',
    '  This policy does not restrict outgoing connections.',
  ]);
});

test('rules for some pods follow the rules for all pods', () => {
  const network = {
    podSelector: { matchLabels: { tier: 'front' } },
    allow: {
      sameNamespace: true,
      apiServer: true,
      ingress: [
        {
          description: 'the ingress controller',
          pods: { matchLabels: { app: 'web' } },
          from: [{ namespaces: ['ingress-nginx'], pods: { matchLabels: { app: 'nginx' } } }],
          ports: [{ port: 8080 }],
        },
        { from: [{ anywhere: true as const }], ports: [{ port: 'health' }] },
        { pods: { matchLabels: { app: 'web' } }, from: [{ pods: {} }] },
      ],
    },
  };
  assert.equal(paragraph({ network }, 'Network'), [
    'Network: pods with tier=front; other pods are not affected',
    '  Pods with tier=front may receive:',
    '    - every port from all pods in this namespace',
    '    - TCP port health from any address and any pod',
    '  Pods with app=web and tier=front may also receive:',
    '    - TCP 8080 from pods with app=nginx in namespace ingress-nginx — the ingress controller',
    '    - every port from all pods in this namespace',
    '  All other incoming connections are denied.',
    '  Pods with tier=front may connect to:',
    "    - the cluster's DNS, as the operator's --dns-peers defines it",
    '    - the Kubernetes API server, at its current addresses',
    '    - every port of all pods in this namespace',
    '  All other outgoing connections are denied.',
  ]);
});

test('a rule for impossible pods has no effect', () => {
  const network = {
    isolate: ['Ingress' as const],
    podSelector: { matchLabels: { app: 'db' } },
    allow: { ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true as const }] }] },
  };
  assert.equal(paragraph({ network }, 'Network').slice(1, 4), [
    '  These rules have no effect, because there can be no pods with app=db and app=web:',
    '    - every port from any address and any pod',
    '  All other incoming connections are denied.',
  ]);
  assert.ok(
    explain(policyOf({ network })).includes(
      "\n  Warning: spec.network.allow.ingress[0] has no effect: its pods contradict podSelector, because no pod can have app in (db) and app in (web); correct the rule's pods, or podSelector.\n",
    ),
  );
});

test('nothing is denied beside a rule that allows everything', () => {
  const lines = (rule: object) =>
    paragraph(
      { network: { isolate: ['Ingress'], allow: { ingress: [{ from: [{ anywhere: true as const }], ...rule }] } } },
      'Network',
    ).filter((line) => line.includes('denied'));
  assert.equal(lines({}), []);
  assert.equal(lines({ ports: [{ port: 80 }] }), ['  All other incoming connections are denied.']);
  assert.equal(lines({ pods: { matchLabels: { app: 'web' } } }), ['  All other incoming connections are denied.']);
});

test('lists of values are in plain words, impossible ones too', () => {
  const oneOf = (...values: string[]) => ({ matchExpressions: [{ key: 'app', operator: 'In' as const, values }] });
  const network = {
    isolate: ['Ingress' as const],
    podSelector: { ...oneOf('a', 'b'), matchLabels: { tier: 'x' } },
    allow: { ingress: [{ pods: oneOf('y', 'z'), from: [{ anywhere: true as const }] }] },
  };
  const [scope, rule] = paragraph({ network }, 'Network');
  assert.is(scope, 'Network: pods with tier=x, and whose label app is a or b; other pods are not affected');
  assert.is(
    rule,
    '  These rules have no effect, because there can be no pods with tier=x, and whose label app is a or b, and whose label app is y or z:',
  );
});

test('a policy that the operator refuses is said to be refused', () => {
  const ingress = Array.from({ length: 7 }, (_, n) => ({
    pods: { matchLabels: { [`l${n}`]: 'x' } },
    from: [{ cidr: `192.0.2.${n}/32` }],
  }));
  const text = explain(policyOf({ network: { allow: { ingress } } }));
  assert.match(
    text,
    '\nWarning: the operator refuses this policy: the pods of the rules of spec.network.allow overlap in',
  );
  assert.not.match(explain(policyOf({ network: { allow: { ingress: ingress.slice(1) } } })), 'refuses');
});

test('a policy for impossible pods has no effect', () => {
  const podSelector = {
    matchLabels: { app: 'db' },
    matchExpressions: [{ key: 'app', operator: 'DoesNotExist' as const }],
  };
  assert.equal(paragraph({ network: { podSelector } }, 'Network'), [
    'Network: no effect. spec.network isolates no pod: podSelector contradicts itself, because no pod can have !app and app in (db); correct podSelector.',
  ]);
});

test('anywhere makes the other peers of its rule redundant', () => {
  const from = [{ cidr: '192.0.2.0/24' }, { anywhere: true as const }];
  assert.is(
    paragraph({ network: { isolate: ['Ingress'], allow: { ingress: [{ description: 'all', from }] } } }, 'Network')[2],
    '    - every port from any address and any pod, so the other peers of the rule add nothing — all',
  );
});

test('the explanation names traffic that other policies may add and traffic that no policy refuses', () => {
  assert.ok(
    explain(policyOf({ network: {} })).includes(`
  Other policies and NetworkPolicies in the namespace may allow more: NetworkPolicies are additive.
  A connection between two isolated pods must be allowed at both ends.
  Always allowed: replies, traffic from a pod to itself, and traffic between a pod and its own node. NetworkPolicies usually do not apply to pods on the host network.
`),
  );
});

const from = (peer: Peer, ports?: Port[]): string | undefined => {
  const network = { isolate: ['Ingress' as const], allow: { ingress: [{ from: [peer], ...(ports && { ports }) }] } };
  return paragraph({ network }, 'Network')[2]?.replace('    - ', '');
};

const EVERY_NAMESPACE: Selector = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'Exists' }] };

const peers: [peer: Peer, words: string][] = [
  [{ anywhere: true }, 'any address and any pod'],
  [{ cidr: '10.20.0.0/16' }, 'addresses in 10.20.0.0/16'],
  [{ cidr: '10.20.0.0/16', except: ['10.20.5.0/24'] }, 'addresses in 10.20.0.0/16 except 10.20.5.0/24'],
  [
    { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] },
    'addresses in 0.0.0.0/0 except 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16',
  ],
  [{ pods: {} }, 'all pods in this namespace'],
  [{ pods: { matchLabels: { b: '2', a: '1' } } }, 'pods with a=1 and b=2 in this namespace'],
  [{ namespaces: ['b'] }, 'all pods in namespace b'],
  [{ namespaces: ['c', 'a', 'b'], pods: {} }, 'all pods in namespaces a, b and c'],
  [{ namespaces: ['a', 'b'], pods: { matchLabels: { x: 'y' } } }, 'pods with x=y in namespaces a and b'],
  [{ namespaceSelector: { matchLabels: { team: 'a' } } }, 'all pods in namespaces with team=a'],
  [
    { namespaceSelector: { matchLabels: { team: 'a' } }, pods: { matchLabels: { x: 'y' } } },
    'pods with x=y in namespaces with team=a',
  ],
  [{ namespaceSelector: EVERY_NAMESPACE }, 'all pods in every namespace'],
  [
    { pods: { matchExpressions: [{ key: 'app', operator: 'In', values: ['b', 'a'] }] } },
    'pods whose label app is a or b in this namespace',
  ],
  [
    { pods: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['b', 'a'] }] } },
    'pods whose label app is not set or other than a or b in this namespace',
  ],
  [
    {
      pods: {
        matchLabels: { tier: 'x' },
        matchExpressions: [
          { key: 'app', operator: 'Exists' },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      },
    },
    'pods with app set and old not set and tier=x in this namespace',
  ],
];

for (const [peer, words] of peers) {
  test(`peer: ${words}`, () => {
    assert.is(from(peer), `every port from ${words}`);
  });
}

const ports: [ports: Port[], words: string][] = [
  [[{ port: 80 }], 'TCP 80'],
  [[{ port: 53, protocol: 'UDP' }, { port: 53 }], 'UDP 53 and TCP 53'],
  [[{ port: 'http' }], 'TCP port http'],
  [[{ port: 9000, endPort: 9010 }], 'TCP 9000-9010'],
  [[{ port: 9000, endPort: 9000 }], 'TCP 9000'],
  [[{ protocol: 'SCTP' }], 'every SCTP port'],
];

for (const [list, words] of ports) {
  test(`ports: ${words}`, () => {
    assert.is(from({ anywhere: true }, list), `${words} from any address and any pod`);
  });
}

test('a description cannot break its line or steer a terminal', () => {
  const network = {
    isolate: ['Ingress' as const],
    allow: {
      ingress: [{ description: 'a\n  Nothing\u001b[31m is \u202erefused', from: [{ anywhere: true as const }] }],
    },
  };
  assert.is(
    paragraph({ network }, 'Network')[2],
    '    - every port from any address and any pod — a Nothing\ufffd[31m is \ufffdrefused',
  );
});

const modes: [spec: PolicySpec, words: string][] = [
  [
    { mode: 'Enforce' },
    'Mode Enforce: the operator enforces this policy, and reverts changes to the objects that it generates.',
  ],
  [{ mode: 'Audit' }, 'Mode Audit: nothing is enforced. The following describes mode Enforce.'],
  [
    { suspend: true, mode: 'Audit' },
    'Suspended: the operator creates, changes and repairs nothing until suspend is false; then mode Audit applies. Everything already in force stays in force.',
  ],
];

for (const [spec, words] of modes) {
  test(words, () => {
    assert.is(explain(policyOf(spec)).split('\n')[1], words);
  });
}

test('a proposal is named, and not described', () => {
  const lines = (proposed: PolicySpec['proposed']) => explain(policyOf({ ...(proposed && { proposed }) })).split('\n');
  assert.is(
    lines({ network: {}, scan: {} })[2],
    'spec.proposed (network, scan) has no effect and is not described: status.preview shows the effects that it would have.',
  );
  assert.match(lines({})[2] ?? '', /^spec\.proposed \(no section\) /);
  assert.is(lines(undefined)[2], '');
});

test('a pinned level that is enforced at once', () => {
  assert.equal(
    paragraph({ podSecurity: { level: 'baseline', version: 'v1.36', onViolation: 'Enforce' } }, 'Pod security'),
    [
      'Pod security: level baseline, as Kubernetes v1.36 defines it, for every pod in the namespace',
      '  Pods may run as root, but known privilege escalations are denied: privileged containers, host namespaces, hostPath volumes, host ports, unusual capabilities and the like.',
      '  onViolation Enforce: new pods that violate the level are rejected at once; existing ones keep running, but cannot be recreated.',
      '  The strictest policy in the namespace applies; labels that another client set are not changed.',
    ],
  );
});

test('nothing violates privileged, so there is nothing to wait for', () => {
  assert.equal(paragraph({ podSecurity: { level: 'privileged' } }, 'Pod security'), [
    "Pod security: level privileged, as the cluster's own Kubernetes version defines it, for every pod in the namespace",
    '  Pods are not restricted, and can take over their node.',
    '  The strictest policy in the namespace applies; labels that another client set are not changed.',
  ]);
});

test('roles are explained with each resource of each group, and with object names', () => {
  const access = {
    roles: [
      {
        name: 'ops',
        rules: [
          { apiGroups: ['', 'apps'], resources: ['pods', 'deployments/scale'], verbs: ['get', 'list', 'watch'] },
          { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a', 'b'], verbs: ['get'] },
        ],
        subjects: [
          { kind: 'Group' as const, name: 'ops' },
          { kind: 'ServiceAccount' as const, name: 'shipper' },
        ],
      },
    ],
  };
  assert.equal(paragraph({ access }, 'Access'), [
    'Access: in this namespace only, in addition to existing permissions',
    '  Group ops and ServiceAccount shipper of this namespace may (role ops):',
    '    - get, list and watch pods, deployments/scale, pods.apps and deployments.apps/scale',
    '    - get configmaps, only those named a or b',
    '  The API server rejects a role with permissions that the operator itself does not have.',
  ]);
});

test.run();

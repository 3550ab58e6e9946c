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
  return found.split('\n').filter((line) => !/^ {2}(Other policies|A connection between|Never refused)/.test(line));
};

test('a policy of nothing says what it leaves alone', () => {
  assert.is(
    explain(policyOf({})),
    `ContainerSecurityPolicy payments of namespace team-a
Mode Enforce: this is put in force, and repaired when somebody changes it.

Network: this policy governs no traffic. It closes nothing and opens nothing.

What may run: this policy says nothing about it.

Who may do what: this policy gives nobody any right.

Which images: this policy says nothing about them.

What is scanned: this policy asks for nothing.
`,
  );
});

test('images, by pattern and by digest', () => {
  const rules = (images: ImagesSection) => paragraph({ images }, 'Which images')[1];
  assert.equal(paragraph({ images: { allowed: ['docker.io/library/nginx'] } }, 'Which images'), [
    'Which images: for containers of every kind and image volumes, only those of',
    '  docker.io/library/nginx, with any tag or digest.',
    '  The API server itself refuses a pod with another, also while the operator is down. Pods that run already go on.',
    '  Every policy of the namespace must allow an image.',
  ]);
  assert.is(
    rules({ allowed: ['docker.io/library/nginx', 'ghcr.io/a/*'], requireDigest: true }),
    '  docker.io/library/nginx and everything below ghcr.io/a/, each named by its digest.',
  );
  assert.is(rules({ requireDigest: true }), '  any repository, each named by its digest.');
  assert.is(
    paragraph({ mode: 'Audit', images: { requireDigest: true } }, 'Which images')[3],
    '  In mode Audit the API server warns whoever makes one, and writes it to its audit log.',
  );
});

const scans: [what: string, scan: ScanSection, when: string, compliant: string][] = [
  ['nothing else', {}, '', 'while no finding is Critical.'],
  ['a schedule', { schedule: '@daily' }, ', and at @daily (UTC)', 'while no finding is Critical.'],
  [
    'a schedule in a time zone',
    { schedule: '0 3 * * *', timeZone: 'Europe/Berlin' },
    ', and at 0 3 * * * (Europe/Berlin)',
    'while no finding is Critical.',
  ],
  ['a severity', { failOn: 'Medium' }, '', 'while no finding is Medium or more severe.'],
  ['no severity', { failOn: 'None', ignoreUnfixed: true }, '', 'whatever is found.'],
  [
    'what nothing fixes left out',
    { failOn: 'High', ignoreUnfixed: true },
    '',
    'while no finding is High or more severe; findings that no newer package fixes do not matter.',
  ],
];

for (const [what, scan, when, compliant] of scans) {
  test(`a scan with ${what}`, () =>
    assert.equal(paragraph({ scan }, 'What is scanned'), [
      'What is scanned: every image that runs in the namespace, for known vulnerabilities,',
      `  when it is new, when the vulnerability database changes${when}.`,
      `  It counts as compliant ${compliant}`,
      '  ImageScan payments is kept for that, and has the findings in its status. Nothing is stopped because of them.',
    ]));
}

test('an empty network section isolates everything but DNS', () => {
  assert.equal(paragraph({ network: {} }, 'Network'), [
    'Network: all pods of the namespace',
    '  Nothing gets in.',
    '  All pods may connect to:',
    "    - the cluster's DNS, where the operator's --dns-peers says it is",
    '  Everything else out is refused.',
  ]);
});

test('without DNS nothing goes out', () => {
  assert.equal(paragraph({ network: { isolate: ['Egress'], allow: { dns: false } } }, 'Network'), [
    'Network: all pods of the namespace',
    '  What comes in is left open: anybody may connect to these pods, as far as this policy goes.',
    '  Everything out is refused, DNS too.',
  ]);
});

test('what is not isolated is left open', () => {
  const network = { isolate: ['Ingress' as const], podSelector: { matchLabels: { app: 'db' } } };
  assert.equal(paragraph({ network }, 'Network'), [
    'Network: pods with app=db; other pods stay as they are',
    '  Nothing gets in.',
    '  What goes out is left open: these pods may connect to anything, as far as this policy goes.',
  ]);
});

test('rules for some pods come after what all are allowed', () => {
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
    'Network: pods with tier=front; other pods stay as they are',
    '  Pods with tier=front may receive:',
    '    - every port from all pods in this namespace',
    '    - TCP port health from any address and any pod',
    '  Pods with app=web and tier=front may also receive:',
    '    - TCP 8080 from pods with app=nginx in namespace ingress-nginx — the ingress controller',
    '    - every port from all pods in this namespace',
    '  Nothing else gets in.',
    '  Pods with tier=front may connect to:',
    "    - the cluster's DNS, where the operator's --dns-peers says it is",
    '    - the Kubernetes API server, wherever it is',
    '    - every port of all pods in this namespace',
    '  Everything else out is refused.',
  ]);
});

test('a rule for pods that cannot be has no effect', () => {
  const network = {
    isolate: ['Ingress' as const],
    podSelector: { matchLabels: { app: 'db' } },
    allow: { ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true as const }] }] },
  };
  assert.equal(paragraph({ network }, 'Network').slice(1, 4), [
    '  No pod can be one of pods with app=db and app=web, so this has no effect:',
    '    - every port from any address and any pod',
    '  Nothing else gets in.',
  ]);
});

test('what others may add, and what no policy refuses, is said', () => {
  assert.ok(
    explain(policyOf({ network: {} })).includes(`
  Other policies and NetworkPolicies of the namespace may allow more: they add up.
  A connection between two isolated pods must be allowed at both ends.
  Never refused: replies, a pod to itself, and traffic between a pod and its own node. Pods on the host network are usually not governed.
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
    'pods with app one of a or b in this namespace',
  ],
  [
    { pods: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['b', 'a'] }] } },
    'pods with app not set or other than a or b in this namespace',
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
    '    - every port from any address and any pod — a Nothing [31m is refused',
  );
});

const modes: [spec: PolicySpec, words: string][] = [
  [{ mode: 'Enforce' }, 'Mode Enforce: this is put in force, and repaired when somebody changes it.'],
  [{ mode: 'Audit' }, 'Mode Audit: nothing of this is in force. What follows is what mode Enforce would do.'],
  [
    { suspend: true, mode: 'Audit' },
    'Suspended: nothing is put in force, changed or repaired until suspend is false; then mode Audit counts again. What is in force stays in force.',
  ],
];

for (const [spec, words] of modes) {
  test(words, () => {
    assert.is(explain(policyOf(spec)).split('\n')[1], words);
  });
}

test('a pinned level that is enforced at once', () => {
  assert.equal(
    paragraph({ podSecurity: { level: 'baseline', version: 'v1.36', onViolation: 'Enforce' } }, 'What may run'),
    [
      'What may run: Pod Security level baseline, as Kubernetes v1.36 defines it, for every pod of the namespace',
      '  Pods may run as root, but known ways out of a container are refused: privileged containers, host namespaces, host paths, host ports, unusual capabilities and the like.',
      '  Enforce: refused at once; pods that violate it keep running, but cannot be started again.',
      '  The strictest policy of the namespace decides; labels that somebody else set are left as they are.',
    ],
  );
});

test('nothing violates privileged, so there is nothing to wait for', () => {
  assert.equal(paragraph({ podSecurity: { level: 'privileged' } }, 'What may run'), [
    "What may run: Pod Security level privileged, as the cluster's own version defines it, for every pod of the namespace",
    '  Pods may do everything, up to taking over their node.',
    '  The strictest policy of the namespace decides; labels that somebody else set are left as they are.',
  ]);
});

test('roles say each resource in each group, and which objects', () => {
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
  assert.equal(paragraph({ access }, 'Who may do what'), [
    'Who may do what: in this namespace only, besides what they may already',
    '  Group ops and ServiceAccount shipper of this namespace may (role ops):',
    '    - get, list and watch pods, deployments/scale, pods.apps and deployments.apps/scale',
    '    - get configmaps, only those named a or b',
    '  The API server refuses a role with rights that the operator itself does not have.',
  ]);
});

test.run();

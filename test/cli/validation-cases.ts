/** Invalid ContainerSecurityPolicies, and the errors of both palisade and the API server. */
export interface ExpectedProblem {
  readonly path: string;
  readonly message: string;
  /** The API server's message at this path, where palisade says it more readably. */
  readonly server?: string;
}

export interface ValidationCase {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
  readonly problems: readonly ExpectedProblem[];
}

/** The API server says this at no field (`<nil>`), as an Invalid value. */
export const NOT_CHECKED: ExpectedProblem = {
  path: '',
  message:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

const SAME_WORDS = /^(Required value|Unsupported value|Too long|Too many|Duplicate value)/;

/** The causes of the API server's 422, but for those without a field. */
export const expectedCauses = (problems: readonly ExpectedProblem[]): { field: string; message: string }[] =>
  problems
    .filter(({ path }) => path !== '')
    .map(({ path, message, server }) => ({
      field: path,
      message: server ?? (SAME_WORDS.test(message) ? message : `Invalid value: ${message}`),
    }));

/** The paths that the API server names in its 400 `strict decoding error: unknown field "path"`; others are ignored. */
export const unknownFields = (problems: readonly ExpectedProblem[]): string[] =>
  problems.filter(({ message }) => message.startsWith('unknown field')).map(({ path }) => path);

const FROM = 'spec.network.allow.ingress[0].from[0]';
const PORT = 'spec.network.allow.ingress[0].ports[0]';

const peer = (from: unknown) => ({ network: { allow: { ingress: [{ from: [from] }] } } });
const port = (entry: unknown) => ({
  network: { allow: { ingress: [{ from: [{ anywhere: true }], ports: [entry] }] } },
});
const opened = (to: unknown[], ...ports: unknown[]) => ({ network: { allow: { egress: [{ to, ports }] } } });
const bound = (subject: unknown) => ({ access: { bindings: [{ profile: 'viewer', subjects: [subject] }] } });
const SUBJECTS = [{ kind: 'User', name: 'jane' }];
const LOGS = { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] };
const role = (rule: object, name = 'logs') => ({
  access: { roles: [{ name, rules: [{ ...LOGS, ...rule }], subjects: SUBJECTS }] },
});
const matching = (selector: unknown) => ({ network: { podSelector: selector } });

const wrongType = (path: string, type: string, kind: string): string =>
  `Invalid value: "${kind}": ${path} in body must be of type ${type}: "${kind}"`;
const unmatched = (path: string, value: string, pattern: string): string =>
  `Invalid value: "${value}": ${path} in body should match '${pattern}'`;

const NOT_A_CIDR = 'is not a CIDR: write an address and a prefix length, as in 10.20.0.0/16';
const HOST_BITS = 'has host bits set: write the network address, as in 10.20.0.0/16';
const NO_PEER = 'a peer needs cidr, namespaces, namespaceSelector, pods, or anywhere: true';
const CIDR_ALONE = 'cidr cannot be combined with namespaces, namespaceSelector or pods: write two peers';
const ANYWHERE_ALONE = 'anywhere matches everything and cannot be combined with another field';
const EMPTY_SELECTOR =
  'an empty selector would select every namespace: to select them all, write matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]';
const END_PORT = 'endPort needs a numeric port that is not greater than endPort';
const PORT_RANGE = 'a port number must be between 1 and 65535';
const PORT_NAME =
  "a port name has at most 15 lower-case letters, digits and '-', and at least one letter; write a number without quotes";
const NAME_OF_ADDRESS =
  'only pods have port names, so a name never matches an address of cidr: write the number of the port; for other peers, write a rule of their own';
const PORT_EMPTY = 'a port entry needs port or protocol; leave ports out to allow every port';
const RESERVED_LABEL =
  'app.kubernetes.io/instance, app.kubernetes.io/managed-by, and labels of security.palisade.dev and of GitOps tools, such as argocd.argoproj.io, are not allowed: by these labels, a tool takes generated objects for its own and deletes them; use a label of your own';
export const RESERVED_LABEL_KEYS = [
  'app.kubernetes.io/instance',
  'app.kubernetes.io/managed-by',
  'security.palisade.dev/policy',
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/namespace',
  'kapp.k14s.io/app',
  'objectset.rio.cattle.io/hash',
  'applyset.kubernetes.io/part-of',
  'addonmanager.kubernetes.io/mode',
  'cleanup.kyverno.io/ttl',
  'generate.kyverno.io/policy-name',
];
const LABEL_KEY =
  'a label key is a name of at most 63 characters, optionally after a DNS prefix and a slash, as in app.kubernetes.io/name';
const EXPRESSION = 'In and NotIn need values; Exists and DoesNotExist take none';
const SYSTEM_NAME =
  'names that start with system: are reserved for Kubernetes: bind your own group, or a ServiceAccount of this namespace with kind ServiceAccount';
const ACCOUNT_NAME = "write the name of a ServiceAccount without its namespace: it must be in the policy's namespace";
const WILDCARD = 'wildcards are not allowed: list the groups, resources and verbs that are needed';
const RESOURCE_WILDCARD = 'wildcards are not allowed in resources: list the subresources that are needed';
const ESCALATE = 'a policy cannot grant escalate, bind or impersonate: remove the verb';

const NOT_A_PATTERN =
  'write a registry host and a repository, without tag or digest; it may end in /*: docker.io/library/nginx, registry.example.com/payments/*';
const NO_IMAGES = 'images refuses nothing as it is: set allowed, requireDigest: true or requireRegistry: true';

const LABEL_VALUE = '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$';
const KEY_PATTERN =
  '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const VERSION = '^(latest|v1\\.(0|[1-9][0-9]*))$';
const VERSION_HELP = 'Kubernetes version whose definition of the level applies: latest, or a version such as v1.36.';
const ROLE_HELP = "Name of the role within this policy. It is part of the generated Role's name.";

const VALID: readonly ValidationCase[] = [
  { name: 'an empty spec', spec: {}, problems: [] },
  {
    name: 'labels of the generated objects',
    spec: { childLabels: { team: 'a', 'example.com/cost-center': '42', 'app.kubernetes.io/part-of': '' } },
    problems: [],
  },
  { name: 'null sections are no sections', spec: { network: null, mode: null, access: null }, problems: [] },
  { name: 'a null field of a peer', spec: peer({ cidr: '10.0.0.0/8', except: null, pods: null }), problems: [] },
  {
    name: 'port names of pods and of anywhere, and numbers of addresses',
    spec: {
      network: {
        allow: {
          ingress: [{ from: [{ cidr: '10.0.0.0/8' }], ports: [{ port: 'http' }] }],
          egress: [
            { to: [{ pods: {} }], ports: [{ port: 'http' }] },
            { to: [{ anywhere: true }], ports: [{ port: 'http' }] },
            { to: [{ cidr: '10.0.0.0/8' }, { pods: {} }], ports: [{ port: 443 }, { protocol: 'UDP' }] },
            { to: [{ cidr: '10.0.0.0/8' }] },
          ],
        },
      },
    },
    problems: [],
  },
  { name: 'IPv6 networks', spec: peer({ cidr: 'fd00::/8', except: ['fd00:1::/32'] }), problems: [] },
  {
    name: 'every IPv4 address but one network',
    spec: peer({ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] }),
    problems: [],
  },
  {
    name: 'except of the other notation',
    spec: peer({ cidr: 'fd00::/16', except: ['fd00:0:0:1::/64'] }),
    problems: [],
  },
  { name: 'all pods of this namespace', spec: peer({ pods: {} }), problems: [] },
  {
    name: 'every namespace, said outright',
    spec: peer({
      namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'Exists' }] },
    }),
    problems: [],
  },
  { name: 'a range of one port', spec: port({ port: 80, endPort: 80 }), problems: [] },
  { name: 'a protocol alone', spec: port({ protocol: 'SCTP' }), problems: [] },
  { name: 'the longest port name', spec: port({ port: 'abcdefghijklm-2' }), problems: [] },
  { name: 'no DNS without egress', spec: { network: { isolate: ['Ingress'], allow: { dns: false } } }, problems: [] },
  {
    name: 'a group of Kubernetes by a name of its own',
    spec: bound({ kind: 'Group', name: 'systems:x' }),
    problems: [],
  },
  { name: 'a name of 63 characters', metadata: { name: 'a'.repeat(63) }, spec: {}, problems: [] },
];

const CIDRS: readonly ValidationCase[] = [
  ...[
    '10.0.0.1',
    '10.0.0.0/33',
    '010.0.0.0/8',
    '10.0.0.0/08',
    '::ffff:10.0.0.0/104',
    'fd00::/129',
    'fe80::%eth0/64',
    '',
  ].map(
    (cidr): ValidationCase => ({
      name: `cidr ${cidr}`,
      spec: peer({ cidr }),
      problems: [{ path: `${FROM}.cidr`, message: `"${cidr}" ${NOT_A_CIDR}` }],
    }),
  ),
  ...['10.1.2.3/8', 'fd00::1/64', '0.0.0.1/0'].map(
    (cidr): ValidationCase => ({
      name: `cidr ${cidr}`,
      spec: peer({ cidr }),
      problems: [{ path: `${FROM}.cidr`, message: `"${cidr}" ${HOST_BITS}` }],
    }),
  ),
  ...[
    opened([{ cidr: '10.0.0.0/8' }], { port: 'https' }),
    opened([{ pods: {} }, { cidr: '10.0.0.0/8' }], { port: 443 }, { port: 'https', protocol: 'TCP' }),
  ].map(
    (spec): ValidationCase => ({
      name: `a port name towards a cidr: ${JSON.stringify(spec.network.allow.egress[0]!.ports)}`,
      spec,
      problems: [{ path: 'spec.network.allow.egress[0].ports', message: NAME_OF_ADDRESS }],
    }),
  ),
  ...['11.0.0.0/24', '10.0.0.0/16', '10.0.0.0/8', 'fd00::/64'].map(
    (except): ValidationCase => ({
      name: `except ${except} of 10.0.0.0/16`,
      spec: peer({ cidr: '10.0.0.0/16', except: [except] }),
      problems: [{ path: `${FROM}.except`, message: 'each entry must lie inside 10.0.0.0/16 and be smaller' }],
    }),
  ),
  {
    name: 'except that is the cidr in other words',
    spec: peer({ cidr: 'fd00::/16', except: ['fd00:0::/16'] }),
    problems: [{ path: `${FROM}.except`, message: 'each entry must lie inside fd00::/16 and be smaller' }],
  },
  {
    name: 'except with host bits',
    spec: peer({ cidr: '10.0.0.0/8', except: ['10.1.2.3/16'] }),
    problems: [
      {
        path: `${FROM}.except`,
        message: 'each entry must be a network address, without host bits, as in 10.20.5.0/24',
      },
    ],
  },
  {
    name: 'except that is no CIDR',
    spec: peer({ cidr: '10.0.0.0/16', except: ['10.0.5.0'] }),
    problems: [{ path: `${FROM}.except`, message: 'each entry must be a CIDR, as in 10.20.5.0/24' }],
  },
  {
    name: 'except twice',
    spec: peer({ cidr: '10.0.0.0/16', except: ['10.0.5.0/24', '10.0.5.0/24'] }),
    problems: [{ path: `${FROM}.except[1]`, message: 'Duplicate value: "10.0.5.0/24"' }],
  },
  {
    name: 'except without cidr',
    spec: peer({ except: ['10.0.5.0/24'], pods: {} }),
    problems: [{ path: FROM, message: 'except needs cidr' }],
  },
  {
    name: 'a cidr that is too long',
    spec: peer({ cidr: `10.0.0.0/${'1'.repeat(40)}` }),
    problems: [{ path: `${FROM}.cidr`, message: 'Too long: may not be more than 43 bytes' }, NOT_CHECKED],
  },
];

const PEERS: readonly ValidationCase[] = [
  { name: 'an empty peer', spec: peer({}), problems: [{ path: FROM, message: NO_PEER }] },
  { name: 'a peer of null fields', spec: peer({ cidr: null }), problems: [{ path: FROM, message: NO_PEER }] },
  {
    name: 'no peers',
    spec: { network: { allow: { ingress: [{ from: [] }] } } },
    problems: [
      {
        path: 'spec.network.allow.ingress[0].from',
        message: 'must have at least 1 item',
        server: 'Invalid value: 0: spec.network.allow.ingress[0].from in body should have at least 1 items',
      },
    ],
  },
  {
    name: 'an egress rule without to',
    spec: { network: { allow: { egress: [{ ports: [{ port: 443 }] }] } } },
    problems: [{ path: 'spec.network.allow.egress[0].to', message: 'Required value' }, NOT_CHECKED],
  },
  {
    name: 'too many peers',
    spec: { network: { allow: { egress: [{ to: Array(33).fill({ anywhere: true }) }] } } },
    problems: [
      { path: 'spec.network.allow.egress[0].to', message: 'Too many: 33: must have at most 32 items' },
      NOT_CHECKED,
    ],
  },
  {
    name: 'null as a peer',
    spec: peer(null),
    problems: [
      { path: FROM, message: 'must be of type object, not null', server: wrongType(FROM, 'object', 'null') },
      NOT_CHECKED,
    ],
  },
  ...[{ namespaces: ['a'] }, { pods: {} }, { namespaceSelector: { matchLabels: { a: 'b' } } }].map(
    (other): ValidationCase => ({
      name: `cidr and ${Object.keys(other)}`,
      spec: peer({ cidr: '10.0.0.0/8', ...other }),
      problems: [{ path: FROM, message: CIDR_ALONE }],
    }),
  ),
  ...[
    { cidr: '10.0.0.0/8' },
    { namespaces: ['a'] },
    { pods: {} },
    { namespaceSelector: { matchLabels: { a: 'b' } } },
  ].map(
    (other): ValidationCase => ({
      name: `anywhere and ${Object.keys(other)}`,
      spec: peer({ anywhere: true, ...other }),
      problems: [{ path: FROM, message: ANYWHERE_ALONE }],
    }),
  ),
  {
    name: 'anywhere: false',
    spec: peer({ anywhere: false }),
    problems: [
      { path: `${FROM}.anywhere`, message: 'Unsupported value: false: supported values: "true"' },
      NOT_CHECKED,
    ],
  },
  {
    name: 'namespaces and namespaceSelector',
    spec: peer({ namespaces: ['a'], namespaceSelector: { matchLabels: { a: 'b' } } }),
    problems: [{ path: FROM, message: 'namespaces cannot be combined with namespaceSelector: write two peers' }],
  },
  ...[{}, { matchLabels: {} }, { matchExpressions: [] }].map(
    (namespaceSelector): ValidationCase => ({
      name: `an empty namespaceSelector: ${JSON.stringify(namespaceSelector)}`,
      spec: peer({ namespaceSelector }),
      problems: [{ path: `${FROM}.namespaceSelector`, message: EMPTY_SELECTOR }],
    }),
  ),
  {
    name: 'a namespace twice',
    spec: peer({ namespaces: ['a', 'b', 'a'] }),
    problems: [{ path: `${FROM}.namespaces[2]`, message: 'Duplicate value: "a"' }],
  },
  {
    name: 'no namespaces',
    spec: peer({ namespaces: [] }),
    problems: [
      {
        path: `${FROM}.namespaces`,
        message: 'must have at least 1 item',
        server: `Invalid value: 0: ${FROM}.namespaces in body should have at least 1 items`,
      },
    ],
  },
  {
    name: 'a namespace that cannot be',
    spec: peer({ namespaces: ['Team_A'] }),
    problems: [
      {
        path: `${FROM}.namespaces[0]`,
        message: `"Team_A" does not match ${DNS_LABEL}`,
        server: unmatched(`${FROM}.namespaces[0]`, 'Team_A', DNS_LABEL),
      },
    ],
  },
];

const PORTS: readonly ValidationCase[] = [
  { name: 'an empty port entry', spec: port({}), problems: [{ path: PORT, message: PORT_EMPTY }] },
  ...[0, -1, 70000].map(
    (number): ValidationCase => ({
      name: `port ${number}`,
      spec: port({ port: number }),
      problems: [{ path: `${PORT}.port`, message: PORT_RANGE }],
    }),
  ),
  ...['8080', 'HTTP_1', 'a--b', '-a', ''].map(
    (name): ValidationCase => ({
      name: `port "${name}"`,
      spec: port({ port: name }),
      problems: [{ path: `${PORT}.port`, message: PORT_NAME }],
    }),
  ),
  {
    name: 'a port name that is too long',
    spec: port({ port: 'abcdefghijklmnop' }),
    problems: [{ path: `${PORT}.port`, message: 'Too long: may not be more than 15 bytes' }, NOT_CHECKED],
  },
  {
    name: 'a port that is neither number nor name',
    spec: port({ port: true }),
    problems: [
      {
        path: `${PORT}.port`,
        message: 'must be of type integer or string, not true',
        server: wrongType(`${PORT}.port`, 'integer,string', 'boolean'),
      },
      NOT_CHECKED,
    ],
  },
  ...[
    { port: 80, endPort: 79 },
    { port: 'http', endPort: 90 },
    { protocol: 'UDP', endPort: 90 },
  ].map(
    (entry): ValidationCase => ({
      name: `range ${JSON.stringify(entry)}`,
      spec: port(entry),
      problems: [{ path: `${PORT}.endPort`, message: END_PORT }],
    }),
  ),
  {
    name: 'endPort too large',
    spec: port({ port: 80, endPort: 65536 }),
    problems: [
      {
        path: `${PORT}.endPort`,
        message: 'must be at most 65535, not 65536',
        server: `Invalid value: 65536: ${PORT}.endPort in body should be less than or equal to 65535`,
      },
    ],
  },
  {
    name: 'a protocol in lower case',
    spec: port({ port: 53, protocol: 'udp' }),
    problems: [
      { path: `${PORT}.protocol`, message: 'Unsupported value: "udp": supported values: "TCP", "UDP", "SCTP"' },
      NOT_CHECKED,
    ],
  },
  {
    name: 'no ports',
    spec: { network: { allow: { ingress: [{ from: [{ anywhere: true }], ports: [] }] } } },
    problems: [
      {
        path: 'spec.network.allow.ingress[0].ports',
        message: 'must have at least 1 item',
        server: 'Invalid value: 0: spec.network.allow.ingress[0].ports in body should have at least 1 items',
      },
    ],
  },
];

const SELECTORS: readonly ValidationCase[] = [
  {
    name: 'a label key with two slashes',
    spec: matching({ matchLabels: { 'a.b/c/d': 'x' } }),
    problems: [{ path: 'spec.network.podSelector.matchLabels', message: LABEL_KEY }],
  },
  ...['a..b/x', 'a.-b/x', 'a-.b/x', '.a/x', `${'a.'.repeat(126)}ab/x`].map(
    (key): ValidationCase => ({
      name: `a label key with the prefix of ${key}`,
      spec: matching({ matchLabels: { [key]: 'x' } }),
      problems: [{ path: 'spec.network.podSelector.matchLabels', message: LABEL_KEY }],
    }),
  ),
  {
    name: 'the longest prefix of a label key',
    spec: matching({
      matchLabels: { [`${'a.'.repeat(126)}a/x`]: 'x' },
      matchExpressions: [{ key: `${'a.'.repeat(126)}a/x`, operator: 'Exists' }],
    }),
    problems: [],
  },
  {
    name: 'an expression on a label key with too long a prefix',
    spec: matching({ matchExpressions: [{ key: `${'a.'.repeat(126)}ab/x`, operator: 'Exists' }] }),
    problems: [
      {
        path: 'spec.network.podSelector.matchExpressions[0].key',
        message: 'the prefix of a label key has at most 253 characters',
      },
    ],
  },
  {
    name: 'an expression on a label key with no DNS prefix',
    spec: matching({ matchExpressions: [{ key: 'a..b/x', operator: 'Exists' }] }),
    problems: [
      {
        path: 'spec.network.podSelector.matchExpressions[0].key',
        message: `"a..b/x" does not match ${KEY_PATTERN}: Key of the label.`,
        server: unmatched('spec.network.podSelector.matchExpressions[0].key', 'a..b/x', KEY_PATTERN),
      },
    ],
  },
  {
    name: 'a label key of the language',
    spec: matching({ matchLabels: JSON.parse('{"__proto__": "x"}') }),
    problems: [{ path: 'spec.network.podSelector.matchLabels', message: LABEL_KEY }],
  },
  {
    name: 'a label value with a space',
    spec: matching({ matchLabels: { 'app.kubernetes.io/name': 'my app' } }),
    problems: [
      {
        path: 'spec.network.podSelector.matchLabels.app.kubernetes.io/name',
        message: `"my app" does not match ${LABEL_VALUE}`,
        server: unmatched('spec.network.podSelector.matchLabels.app.kubernetes.io/name', 'my app', LABEL_VALUE),
      },
    ],
  },
  {
    name: 'a label value that is a number',
    spec: matching({ matchLabels: { tier: 1 } }),
    problems: [
      {
        path: 'spec.network.podSelector.matchLabels.tier',
        message: 'must be of type string, not 1',
        server: wrongType('spec.network.podSelector.matchLabels.tier', 'string', 'integer'),
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'too many labels',
    spec: matching({ matchLabels: Object.fromEntries([...'abcdefghijklmnopq'].map((k) => [k, k])) }),
    problems: [
      { path: 'spec.network.podSelector.matchLabels', message: 'Too many: 17: must have at most 16 items' },
      NOT_CHECKED,
    ],
  },
  ...[
    { key: 'a', operator: 'In' },
    { key: 'a', operator: 'NotIn', values: [] },
    { key: 'a', operator: 'Exists', values: ['b'] },
  ].map(
    (expression): ValidationCase => ({
      name: `expression ${JSON.stringify(expression)}`,
      spec: matching({ matchExpressions: [expression] }),
      problems: [{ path: 'spec.network.podSelector.matchExpressions[0]', message: EXPRESSION }],
    }),
  ),
  {
    name: 'an operator that does not exist',
    spec: matching({ matchExpressions: [{ key: 'a', operator: 'Equals', values: ['b'] }] }),
    problems: [
      {
        path: 'spec.network.podSelector.matchExpressions[0].operator',
        message: 'Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
      },
      NOT_CHECKED,
    ],
  },
];

const NETWORK: readonly ValidationCase[] = [
  ...[
    {
      isolate: ['Egress'],
      allow: { ingress: [{ from: [{ anywhere: true }] }] },
      field: 'ingress',
      direction: 'Ingress',
    },
    { isolate: ['Egress'], allow: { ingress: [] }, field: 'ingress', direction: 'Ingress' },
    { isolate: ['Ingress'], allow: { egress: [{ to: [{ anywhere: true }] }] }, field: 'egress', direction: 'Egress' },
    { isolate: ['Ingress'], allow: { apiServer: true }, field: 'apiServer', direction: 'Egress' },
    { isolate: ['Ingress'], allow: { dns: true }, field: 'dns', direction: 'Egress' },
  ].map(
    ({ isolate, allow, field, direction }): ValidationCase => ({
      name: `${JSON.stringify(allow)} without ${direction}`,
      spec: { network: { isolate, allow } },
      problems: [
        { path: 'spec.network', message: `allow.${field} has no effect unless isolate contains ${direction}` },
      ],
    }),
  ),
  {
    name: 'a direction twice',
    spec: { network: { isolate: ['Ingress', 'Ingress'] } },
    problems: [{ path: 'spec.network.isolate', message: 'name each direction once' }],
  },
  {
    name: 'isolation of nothing',
    spec: { network: { isolate: [] } },
    problems: [
      {
        path: 'spec.network.isolate',
        message: 'must have at least 1 item',
        server: 'Invalid value: 0: spec.network.isolate in body should have at least 1 items',
      },
    ],
  },
  {
    name: 'a word for a switch',
    spec: { network: { allow: { dns: 'yes' } } },
    problems: [
      {
        path: 'spec.network.allow.dns',
        message: 'must be of type boolean, not "yes"',
        server: wrongType('spec.network.allow.dns', 'boolean', 'string'),
      },
      NOT_CHECKED,
    ],
  },
];

const STRUCTURE: readonly ValidationCase[] = [
  { name: 'no spec', problems: [{ path: 'spec', message: 'Required value' }, NOT_CHECKED] },
  { name: 'a null spec', spec: null, problems: [{ path: 'spec', message: 'Required value' }, NOT_CHECKED] },
  {
    name: 'a spec that is text',
    spec: 'isolated',
    problems: [
      {
        path: 'spec',
        message: 'must be of type object, not "isolated"',
        server: wrongType('spec', 'object', 'string'),
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a section that is a list',
    spec: { network: [] },
    problems: [
      {
        path: 'spec.network',
        message: 'must be of type object, not a list',
        server: wrongType('spec.network', 'object', 'array'),
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a section that is misspelled',
    spec: { netwrok: {} },
    problems: [
      {
        path: 'spec.netwrok',
        message:
          'unknown field: known fields are mode, suspend, childLabels, network, podSecurity, access, images, scan, proposed',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a field deep inside that is misspelled',
    spec: peer({ cidrs: '10.0.0.0/8' }),
    problems: [
      {
        path: `${FROM}.cidrs`,
        message: 'unknown field: known fields are namespaces, namespaceSelector, pods, cidr, except, anywhere',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'fields of the language',
    spec: JSON.parse('{"__proto__": {"mode": "Audit"}, "constructor": {}}'),
    problems: [
      {
        path: 'spec.__proto__',
        message:
          'unknown field: known fields are mode, suspend, childLabels, network, podSecurity, access, images, scan, proposed',
      },
      {
        path: 'spec.constructor',
        message:
          'unknown field: known fields are mode, suspend, childLabels, network, podSecurity, access, images, scan, proposed',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a mode that is misspelled',
    spec: { mode: 'enforce' },
    problems: [
      { path: 'spec.mode', message: 'Unsupported value: "enforce": supported values: "Enforce", "Audit"' },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a name of 64 characters',
    metadata: { name: 'a'.repeat(64) },
    spec: {},
    problems: [
      {
        path: '',
        message: 'metadata.name must be at most 63 characters: it is part of the names of the generated objects',
      },
    ],
  },
  {
    name: 'several problems at once',
    spec: { ...peer({}), podSecurity: { level: 'restricted', version: 'v2' } },
    problems: [
      {
        path: 'spec.podSecurity.version',
        message: `"v2" does not match ${VERSION}: ${VERSION_HELP}`,
        server: unmatched('spec.podSecurity.version', 'v2', VERSION),
      },
      { path: FROM, message: NO_PEER },
    ],
  },
];

const POD_SECURITY: readonly ValidationCase[] = [
  {
    name: 'a level that is misspelled',
    spec: { podSecurity: { level: 'strict' } },
    problems: [
      {
        path: 'spec.podSecurity.level',
        message: 'Unsupported value: "strict": supported values: "privileged", "baseline", "restricted"',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'no level',
    spec: { podSecurity: {} },
    problems: [{ path: 'spec.podSecurity.level', message: 'Required value' }, NOT_CHECKED],
  },
  ...['v1.036', 'v1', '1.36', 'Latest'].map(
    (version): ValidationCase => ({
      name: `version ${version}`,
      spec: { podSecurity: { level: 'baseline', version } },
      problems: [
        {
          path: 'spec.podSecurity.version',
          message: `"${version}" does not match ${VERSION}: ${VERSION_HELP}`,
          server: unmatched('spec.podSecurity.version', version, VERSION),
        },
      ],
    }),
  ),
  {
    name: 'onViolation: Ignore',
    spec: { podSecurity: { level: 'baseline', onViolation: 'Ignore' } },
    problems: [
      {
        path: 'spec.podSecurity.onViolation',
        message: 'Unsupported value: "Ignore": supported values: "Wait", "Enforce"',
      },
      NOT_CHECKED,
    ],
  },
];

const RULE = 'spec.access.roles[0].rules[0]';
const NAME = 'spec.access.bindings[0].subjects[0].name';

const ACCESS: readonly ValidationCase[] = [
  ...['User', 'Group'].map(
    (kind): ValidationCase => ({
      name: `${kind} system:authenticated`,
      spec: bound({ kind, name: 'system:authenticated' }),
      problems: [{ path: NAME, message: SYSTEM_NAME }],
    }),
  ),
  ...['kube-system:x', '../x', 'Default', 'a..b', 'a.-b'].map(
    (name): ValidationCase => ({
      name: `ServiceAccount ${name}`,
      spec: bound({ kind: 'ServiceAccount', name }),
      problems: [{ path: NAME, message: ACCOUNT_NAME }],
    }),
  ),
  {
    name: 'a subject without a name',
    spec: bound({ kind: 'User', name: '' }),
    problems: [
      {
        path: NAME,
        message: 'must have at least 1 character',
        server: `Invalid value: "": ${NAME} in body should be at least 1 chars long`,
      },
    ],
  },
  {
    name: 'a profile twice',
    spec: {
      access: {
        bindings: [
          { profile: 'viewer', subjects: SUBJECTS },
          { profile: 'viewer', subjects: SUBJECTS },
        ],
      },
    },
    problems: [{ path: 'spec.access.bindings[1]', message: 'Duplicate value: {"profile":"viewer"}' }],
  },
  {
    name: 'a profile that does not exist',
    spec: { access: { bindings: [{ profile: 'edit', subjects: SUBJECTS }] } },
    problems: [
      {
        path: 'spec.access.bindings[0].profile',
        message: 'Unsupported value: "edit": supported values: "viewer", "deployer", "admin"',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a role twice',
    spec: { access: { roles: Array(2).fill({ name: 'logs', rules: [LOGS], subjects: SUBJECTS }) } },
    problems: [{ path: 'spec.access.roles[1]', message: 'Duplicate value: {"name":"logs"}' }],
  },
  {
    name: 'a role name in capitals',
    spec: role({}, 'Logs'),
    problems: [
      {
        path: 'spec.access.roles[0].name',
        message: `"Logs" does not match ${DNS_LABEL}: ${ROLE_HELP}`,
        server: unmatched('spec.access.roles[0].name', 'Logs', DNS_LABEL),
      },
    ],
  },
  ...[{ apiGroups: ['*'] }, { resources: ['*'] }, { verbs: ['*'] }].map(
    (rule): ValidationCase => ({
      name: `role ${JSON.stringify(rule)}`,
      spec: role(rule),
      problems: [{ path: RULE, message: WILDCARD }],
    }),
  ),
  ...[['*/scale'], ['pods/*']].map(
    (resources): ValidationCase => ({
      name: `role on ${resources}`,
      spec: role({ resources }),
      problems: [{ path: RULE, message: RESOURCE_WILDCARD }],
    }),
  ),
  ...['escalate', 'bind', 'impersonate', 'impersonate:user-info'].map(
    (verb): ValidationCase => ({
      name: `role with ${verb}`,
      spec: role({ verbs: ['get', verb] }),
      problems: [{ path: RULE, message: ESCALATE }],
    }),
  ),
  {
    name: 'a verb twice',
    spec: role({ verbs: ['get', 'get'] }),
    problems: [{ path: `${RULE}.verbs[1]`, message: 'Duplicate value: "get"' }],
  },
  {
    name: 'a role for nobody',
    spec: { access: { roles: [{ name: 'logs', rules: [LOGS], subjects: [] }] } },
    problems: [
      {
        path: 'spec.access.roles[0].subjects',
        message: 'must have at least 1 item',
        server: 'Invalid value: 0: spec.access.roles[0].subjects in body should have at least 1 items',
      },
    ],
  },
];

const allowing = (...allowed: string[]) => ({ images: { allowed } });
const PATTERN = 'spec.images.allowed[0]';

const IMAGES: readonly ValidationCase[] = [
  ...[
    'registry.example.com/payments/*',
    'registry.example.com/*',
    'registry.example.com/payments/api',
    'registry.example.com:5000/payments/*',
    'registry:5000/api',
    'localhost/api',
    'localhost:5000/*',
    'docker.io/*',
    'docker.io/library/nginx',
    'docker.io/grafana/*',
    '10.0.0.1/api',
    'ghcr.io/a/b/c/d-e__f.g/*',
  ].map((pattern): ValidationCase => ({ name: `images ${pattern}`, spec: allowing(pattern), problems: [] })),
  { name: 'images by digest, from anywhere', spec: { images: { requireDigest: true } }, problems: [] },
  ...[
    'nginx',
    '*',
    '*/*',
    'library/nginx',
    'registry.example.com',
    'registry.example.com/',
    'registry.example.com/pay*',
    'registry.example.com/*/api',
    'registry.example.com/**',
    'registry.example.com/payments/',
    'registry.example.com//api',
    'registry.example.com/../api',
    'registry.example.com/payments:1',
    'registry.example.com/payments@sha256:0123456789abcdef0123456789abcdef',
    'Registry.example.com/payments',
    'registry.example.com/Payments',
    '*.example.com/payments',
    'https://registry.example.com/payments',
    'registry.example.com:port/payments',
    '-registry.example.com/payments',
    ' registry.example.com/payments',
  ].map(
    (pattern): ValidationCase => ({
      name: `images ${JSON.stringify(pattern)}`,
      spec: allowing(pattern),
      problems: [{ path: PATTERN, message: `"${pattern}": ${NOT_A_PATTERN}` }],
    }),
  ),
  ...['index.docker.io/library/nginx', 'index.docker.io/*'].map(
    (pattern): ValidationCase => ({
      name: `images ${pattern}`,
      spec: allowing(pattern),
      problems: [{ path: PATTERN, message: `"${pattern}": index.docker.io never matches: write docker.io` }],
    }),
  ),
  {
    name: 'images docker.io/nginx',
    spec: allowing('docker.io/nginx'),
    problems: [
      {
        path: PATTERN,
        message:
          '"docker.io/nginx": docker.io/<name> never matches: official images of Docker Hub are docker.io/library/<name>, as in docker.io/library/nginx',
      },
    ],
  },
  ...[{}, { requireDigest: false }].map(
    (images): ValidationCase => ({
      name: `images ${JSON.stringify(images)}`,
      spec: { images },
      problems: [{ path: 'spec.images', message: NO_IMAGES }],
    }),
  ),
  {
    name: 'images that allow nothing',
    spec: allowing(),
    problems: [
      {
        path: 'spec.images.allowed',
        message: 'must have at least 1 item',
        server: 'Invalid value: 0: spec.images.allowed in body should have at least 1 items',
      },
    ],
  },
  {
    name: 'images twice',
    spec: allowing('docker.io/*', 'docker.io/*'),
    problems: [{ path: 'spec.images.allowed[1]', message: 'Duplicate value: "docker.io/*"' }],
  },
];

const SCHEDULE =
  'write five fields (minute hour day month weekday), as in 0 3 * * *, or @hourly, @daily, @weekly, @monthly, @yearly';

const SCAN: readonly ValidationCase[] = [
  { name: 'a scan of everything, when it changes', spec: { scan: {} }, problems: [] },
  {
    name: 'a scan with every field',
    spec: {
      scan: {
        schedule: '0 3 * * *',
        timeZone: 'Europe/Berlin',
        failOn: 'High',
        ignoreUnfixed: true,
        acceptUnknown: ['UnidentifiedJars'],
      },
    },
    problems: [],
  },
  ...['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually', '*/15 2-4,8 1 JAN mon-FRI'].map(
    (schedule): ValidationCase => ({ name: `scan at ${schedule}`, spec: { scan: { schedule } }, problems: [] }),
  ),
  ...['nightly', '@reboot', '@every 5m', '0 3 * *', '0 0 3 * * *', '0  3 * * *', ' 0 3 * * *', '0 3 * * ?'].map(
    (schedule): ValidationCase => ({
      name: `scan at ${schedule}`,
      spec: { scan: { schedule } },
      problems: [{ path: 'spec.scan.schedule', message: `"${schedule}": ${SCHEDULE}` }],
    }),
  ),
  {
    name: 'a time zone of no schedule',
    spec: { scan: { timeZone: 'Europe/Berlin' } },
    problems: [{ path: 'spec.scan', message: 'timeZone has no effect without schedule' }],
  },
  {
    name: 'a severity in another notation',
    spec: { scan: { failOn: 'CRITICAL' } },
    problems: [
      {
        path: 'spec.scan.failOn',
        message: 'Unsupported value: "CRITICAL": supported values: "Critical", "High", "Medium", "Low", "None"',
      },
      NOT_CHECKED,
    ],
  },
  {
    name: 'a scan with what only an ImageScan has',
    spec: { scan: { pullSecrets: [{ name: 'registry' }] } },
    problems: [
      {
        path: 'spec.scan.pullSecrets',
        message:
          'unknown field: known fields are schedule, timeZone, failOn, failOnKnownExploited, ignoreUnfixed, acceptUnknown',
      },
      NOT_CHECKED,
    ],
  },
];

const IN_FORCE = { network: {} };
const PROPOSED: readonly ValidationCase[] = [
  { name: 'a proposal', spec: { ...IN_FORCE, proposed: { podSecurity: { level: 'baseline' } } }, problems: [] },
  { name: 'a proposal to remove everything', spec: { ...IN_FORCE, suspend: false, proposed: {} }, problems: [] },
  {
    name: 'a proposal in mode Audit',
    spec: { ...IN_FORCE, mode: 'Audit', proposed: {} },
    problems: [
      {
        path: 'spec.proposed',
        message: 'mode Audit previews spec itself: remove proposed, or move its content to spec',
      },
    ],
  },
  {
    name: 'a proposal while suspended',
    spec: { ...IN_FORCE, suspend: true, proposed: {} },
    problems: [
      {
        path: 'spec.proposed',
        message:
          'a suspended policy is not reconciled, so nothing would be previewed: remove proposed, or set suspend: false',
      },
    ],
  },
  {
    name: 'the rules of the sections hold in a proposal',
    spec: { proposed: { images: {}, ...peer({}) } },
    problems: [
      { path: 'spec.proposed.images', message: NO_IMAGES },
      { path: FROM.replace('spec.', 'spec.proposed.'), message: NO_PEER },
    ],
  },
  {
    name: 'a mode in a proposal',
    spec: { proposed: { mode: 'Audit' } },
    problems: [
      {
        path: 'spec.proposed.mode',
        message: 'unknown field: known fields are network, podSecurity, access, images, scan',
      },
      NOT_CHECKED,
    ],
  },
];

/** Each stands alone: what its spec is refused for, or nothing. */
const CHILD_LABELS: readonly ValidationCase[] = [
  ...['a/b/c', '', 'x'.repeat(64)].map(
    (key): ValidationCase => ({
      name: `a label "${key}" of the generated objects`,
      spec: { childLabels: { [key]: 'x' } },
      problems: [{ path: 'spec.childLabels', message: LABEL_KEY }],
    }),
  ),
  ...RESERVED_LABEL_KEYS.map(
    (key): ValidationCase => ({
      name: `label ${key} of the generated objects, by which a tool recognizes its own`,
      spec: { childLabels: { team: 'a', [key]: 'x' } },
      problems: [{ path: 'spec.childLabels', message: RESERVED_LABEL }],
    }),
  ),
  {
    name: 'a value of a label of the generated objects',
    spec: { childLabels: { team: 'a b' } },
    problems: [
      {
        path: 'spec.childLabels.team',
        message: `"a b" does not match ${LABEL_VALUE}`,
        server: unmatched('spec.childLabels.team', 'a b', LABEL_VALUE),
      },
    ],
  },
];

export const VALIDATION_CASES: readonly ValidationCase[] = [
  ...CHILD_LABELS,
  ...VALID,
  ...STRUCTURE,
  ...NETWORK,
  ...SELECTORS,
  ...CIDRS,
  ...PEERS,
  ...PORTS,
  ...POD_SECURITY,
  ...ACCESS,
  ...IMAGES,
  ...SCAN,
  ...PROPOSED,
];

/** The policy of a case, as it is sent to the API server. */
export const policyOfCase = ({ metadata, spec }: ValidationCase, namespace: string): object => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ContainerSecurityPolicy',
  metadata: { name: 'payments', namespace, ...metadata },
  ...(spec !== undefined && { spec }),
});

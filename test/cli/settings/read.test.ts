import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OPERATOR_SETTINGS } from '../../../src/cli/settings/operator-settings.ts';
import { readOperatorSettings } from '../../../src/cli/settings/read.ts';

const DEFAULTS = {
  namespaces: [],
  workers: 4,
  resyncMs: 600_000,
  dnsPeers: 'auto',
  leaseDurationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryPeriodMs: 2_000,
  metricsAddress: '127.0.0.1:8080',
  metricsPerNamespace: 500,
  healthAddress: '127.0.0.1:8081',
  reportAddress: '127.0.0.1:8082',
  scannerMode: 'local',
  trivyDbRepository: 'mirror.gcr.io/aquasec/trivy-db:2',
  trivyJavaDbRepository: 'auto',
  trivyDbIntervalMs: 3_600_000,
  reportDirBytes: 2_147_483_648,
  scanConcurrency: 2,
  scanTimeoutMs: 600_000,
  scanMemoryBytes: 1_073_741_824,
  scanDiskBytes: 10_737_418_240,
  scanImageBytes: 4_294_967_296,
  allowedRegistries: [],
  openReports: false,
  logLevel: 'info',
  logFormat: 'json',
};

test('without flags and environment variables every setting has its default', () => {
  assert.equal(readOperatorSettings({}, {}, false), DEFAULTS);
});

test('on a terminal logs are text', () => {
  assert.equal(readOperatorSettings({}, {}, true), { ...DEFAULTS, logFormat: 'text' });
  assert.equal(readOperatorSettings({ 'log-format': 'json' }, {}, true), DEFAULTS);
});

const good: [name: string, text: string, expected: object][] = [
  ['kubeconfig', '/etc/kube', { kubeconfig: '/etc/kube' }],
  ['namespaces', 'team-a', { namespaces: ['team-a'] }],
  ['namespaces', 'team-a, b,team-a', { namespaces: ['team-a', 'b'] }],
  ['reserved-namespaces', 'kube-*', { reservedNamespaces: ['kube-*'] }],
  ['reserved-namespaces', 'kube-system, a*,kube-system', { reservedNamespaces: ['kube-system', 'a*'] }],
  ['child-labels', 'team=a', { childLabels: { team: 'a' } }],
  ['child-labels', 'example.com/team=a, cost-center=', { childLabels: { 'example.com/team': 'a', 'cost-center': '' } }],
  ['workers', '1', { workers: 1 }],
  ['workers', '64', { workers: 64 }],
  ['resync', '10s', { resyncMs: 10_000 }],
  ['resync', '24h', { resyncMs: 86_400_000 }],
  ['resync', '1h30m', { resyncMs: 5_400_000 }],
  ['dns-peers', '10.96.0.10/32:53', { dnsPeers: '10.96.0.10/32:53' }],
  ['dns-peers', 'auto,10.96.0.10/32:53', { dnsPeers: 'auto,10.96.0.10/32:53' }],
  ['dns-service', 'kube-system/coredns', { dnsService: 'kube-system/coredns' }],
  ['leader-elect', 'true', { leaderElect: true }],
  ['leader-elect', 'false', { leaderElect: false }],
  ['leader-elect-resource-namespace', 'platform', { leaderElectNamespace: 'platform' }],
  ['leader-elect-lease-duration', '1m', { leaseDurationMs: 60_000 }],
  ['leader-elect-renew-deadline', '12s', { renewDeadlineMs: 12_000 }],
  ['leader-elect-retry-period', '1s', { retryPeriodMs: 1_000 }],
  ['metrics-address', '0', { metricsAddress: '0' }],
  ['metrics-address', ':8080', { metricsAddress: ':8080' }],
  ['metrics-address', '[::1]:9090', { metricsAddress: '[::1]:9090' }],
  ['metrics-per-namespace', '20', { metricsPerNamespace: 20 }],
  ['metrics-per-namespace', 'true', {}],
  ['metrics-per-namespace', 'false', { metricsPerNamespace: 0 }],
  ['health-address', 'localhost:0', { healthAddress: 'localhost:0' }],
  ['report-address', ':8082', { reportAddress: ':8082' }],
  ['openreports', 'true', { openReports: true }],
  ['openreports', 'false', {}],
  ['trivy', '/opt/trivy', { trivy: '/opt/trivy' }],
  ['trivy-java-db-repository', 'off', { trivyJavaDbRepository: 'off' }],
  ['trivy-db-repository', 'ghcr.io/aquasecurity/trivy-db:2', { trivyDbRepository: 'ghcr.io/aquasecurity/trivy-db:2' }],
  ['trivy-db-interval', '6h', { trivyDbIntervalMs: 21_600_000 }],
  ['report-dir', '/var/lib/palisade', { reportDir: '/var/lib/palisade' }],
  ['report-dir-size', '16Mi', { reportDirBytes: 16_777_216 }],
  ['scan-concurrency', '32', { scanConcurrency: 32 }],
  ['scan-timeout', '2h', { scanTimeoutMs: 7_200_000 }],
  ['scan-memory', '2Gi', { scanMemoryBytes: 2_147_483_648 }],
  ['scan-disk', '1Ti', { scanDiskBytes: 1_099_511_627_776 }],
  ['scan-image-size', '1Mi', { scanImageBytes: 1_048_576 }],
  ['allowed-registries', 'ghcr.io, *.example.com', { allowedRegistries: ['ghcr.io', '*.example.com'] }],
  ['log-level', 'trace', { logLevel: 'trace' }],
  ['log-format', 'text', { logFormat: 'text' }],
];

for (const [name, text, expected] of good) {
  const variable = `PALISADE_${name.toUpperCase().replaceAll('-', '_')}`;
  test(`--${name} ${text}, and ${variable}`, () => {
    assert.equal(readOperatorSettings({ [name]: text }, {}, false), { ...DEFAULTS, ...expected });
    assert.equal(readOperatorSettings({}, { [variable]: text }, false), { ...DEFAULTS, ...expected });
  });
}

test('a leader gives up before another one begins', () => {
  for (const [name, text] of [
    ['leader-elect-lease-duration', '10s'],
    ['leader-elect-renew-deadline', '2s'],
  ] as const) {
    assert.throws(
      () => readOperatorSettings({ [name]: text }, {}, false),
      /^--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline, which must be longer than --leader-elect-retry-period$/,
    );
  }
});

test('a Trivy server and its scanner mode require each other', () => {
  const flags = { 'scanner-mode': 'server', 'trivy-server': 'http://trivy:4954' };
  const { scannerMode, trivyServer } = readOperatorSettings(flags, {}, false);
  assert.equal([scannerMode, trivyServer?.href], ['server', 'http://trivy:4954/']);
  for (const [name, text] of Object.entries(flags)) {
    assert.throws(
      () => readOperatorSettings({ [name]: text }, {}, false),
      /^--scanner-mode server requires --trivy-server, and --trivy-server requires --scanner-mode server or job$/,
    );
  }
});

test('scanner mode job requires an image, and may match with a Trivy server', () => {
  const flags = { 'scanner-mode': 'job', 'job-image': 'registry.example.com/palisade:0.1.0' };
  const job = { scannerMode: 'job', jobImage: 'registry.example.com/palisade:0.1.0' };
  assert.equal(readOperatorSettings(flags, {}, false), { ...DEFAULTS, ...job });
  const { jobNamespace, trivyServer } = readOperatorSettings(
    { ...flags, 'job-namespace': 'scans', 'trivy-server': 'http://trivy:4954' },
    {},
    false,
  );
  assert.equal([jobNamespace, trivyServer?.href], ['scans', 'http://trivy:4954/']);
  for (const wrong of [
    { 'scanner-mode': 'job' },
    { 'scanner-mode': 'job', 'job-namespace': 'scans' },
    { 'job-image': 'registry.example.com/palisade:0.1.0' },
    { 'job-namespace': 'scans' },
  ]) {
    assert.throws(
      () => readOperatorSettings(wrong, {}, false),
      /^--scanner-mode job requires --job-image, and --job-image and --job-namespace require --scanner-mode job$/,
    );
  }
});

const bad: [name: string, text: string, why: string][] = [
  ['metrics-per-namespace', 'no', '"no" is not an integer from 0 to 100000'],
  ['child-labels', 'team', '"team" is not a label: separate labels with commas, as in team=platform,cost-center=42'],
  [
    'child-labels',
    'a=b,a b=c',
    '"a b=c" is not a label: separate labels with commas, as in team=platform,cost-center=42',
  ],
  ['child-labels', 'a=b,a=c', 'a has two values: give each label once'],
  [
    'child-labels',
    'argocd.argoproj.io/instance=x',
    'argocd.argoproj.io/instance is a label by which Palisade or a GitOps tool recognizes its own objects: use a label of your own',
  ],
  [
    'job-image',
    '--privileged',
    '"--privileged" is not an image reference: use a form such as registry.example.com/palisade:0.1.0',
  ],
  ['job-namespace', 'A', '"A" is not a namespace name: use a name such as palisade-system'],
  [
    'report-address',
    '8082',
    '"8082" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint',
  ],
  ['openreports', 'yes', '"yes" is not one of true, false'],
  ['scanner-mode', 'remote', '"remote" is not one of local, server, job'],
  ['trivy-server', 'trivy:4954', '"trivy:4954" is not an HTTP URL: use a form such as http://trivy.trivy-system:4954'],
  [
    'trivy-java-db-repository',
    '--',
    '"--" is not an OCI repository: use auto, off, or a form such as mirror.gcr.io/aquasec/trivy-java-db:1',
  ],
  ['trivy-db-repository', '--', '"--" is not an OCI repository: use a form such as mirror.gcr.io/aquasec/trivy-db:2'],
  ['trivy-db-interval', '0s', '"0s" is not between 1s and 24h'],
  ['report-dir-size', '1Mi', '"1Mi" is less than the minimum of 16Mi'],
  ['scan-concurrency', '0', '"0" is not an integer from 1 to 32'],
  ['scan-timeout', 'long', '"long" is not a duration: use a form such as 30s, 10m or 1h30m'],
  ['scan-memory', '1G', '"1G" is not a size: use a form such as 512Mi or 4Gi'],
  [
    'allowed-registries',
    'a/b',
    '"a/b" is not a registry: write host, host:port, *.example.com or *, with commas between them',
  ],
  ['kubeconfig', '', 'the value is empty: give a value, or omit the setting'],
  ['reserved-namespaces', '', 'the value is empty: give a value, or omit the setting'],
  ...['*', 'kube-*,*', '-kube*', 'kube**', 'ku*be', 'Kube-*', 'a,,b'].map((text): [string, string, string] => [
    'reserved-namespaces',
    text,
    `"${text === 'a,,b' ? '' : (text.split(',').at(-1) ?? '')}" is neither a namespace name nor a prefix: ` +
      'separate them with commas, as in kube-*,palisade-system',
  ]),
  ['namespaces', 'team-a,Team_B', '"Team_B" is not a namespace name: separate names with commas, as in team-a,team-b'],
  ['namespaces', 'a,', '"" is not a namespace name: separate names with commas, as in team-a,team-b'],
  [
    'namespaces',
    'a'.repeat(64),
    `"${'a'.repeat(64)}" is not a namespace name: separate names with commas, as in team-a,team-b`,
  ],
  ['workers', '0', '"0" is not an integer from 1 to 64'],
  ['workers', '65', '"65" is not an integer from 1 to 64'],
  ['workers', '4.5', '"4.5" is not an integer from 1 to 64'],
  ['workers', 'four', '"four" is not an integer from 1 to 64'],
  ['workers', '1e1', '"1e1" is not an integer from 1 to 64'],
  ['resync', '10', '"10" is not a duration: use a form such as 30s, 10m or 1h30m'],
  ['resync', '9s', '"9s" is not between 10s and 24h'],
  ['resync', '24h1s', '"24h1s" is not between 10s and 24h'],
  ['dns-service', 'kube-dns', '"kube-dns" is not a Service: write namespace/name, as in kube-system/kube-dns'],
  ['dns-service', 'kube-system/', '"kube-system/" is not a Service: write namespace/name, as in kube-system/kube-dns'],
  ['dns-service', '/kube-dns', '"/kube-dns" is not a Service: write namespace/name, as in kube-system/kube-dns'],
  ['dns-service', 'a/b/c', '"a/b/c" is not a Service: write namespace/name, as in kube-system/kube-dns'],
  [
    'dns-service',
    'Kube-System/kube-dns',
    '"Kube-System/kube-dns" is not a Service: write namespace/name, as in kube-system/kube-dns',
  ],
  [
    'dns-service',
    'kube-system/kube dns',
    '"kube-system/kube dns" is not a Service: write namespace/name, as in kube-system/kube-dns',
  ],
  ['dns-service', '*/kube-dns', '"*/kube-dns" is not a Service: write namespace/name, as in kube-system/kube-dns'],
  [
    'dns-peers',
    'kube-dns:53',
    '"kube-dns:53" is not a DNS peer: write auto, namespace/label=value:port or cidr:port, as in kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53',
  ],
  [
    'metrics-address',
    '8080',
    '"8080" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint',
  ],
  [
    'metrics-address',
    'a b:80',
    '"a b:80" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint',
  ],
  [
    'health-address',
    '127.0.0.1:65536',
    '"127.0.0.1:65536" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint',
  ],
  [
    'health-address',
    '::1:80',
    '"::1:80" is not an address: use host:port, :port for all addresses, or 0 to disable the endpoint',
  ],
  ['log-level', 'verbose', '"verbose" is not one of trace, debug, info, warn, error'],
  ['log-format', 'JSON', '"JSON" is not one of json, text'],
];

for (const [name, text, why] of bad) {
  test(`--${name} "${text}" is refused`, () => {
    assert.throws(
      () => readOperatorSettings({ [name]: text }, {}, false),
      (e: Error) => e.name === 'UsageError' && e.message === `--${name}: ${why}`,
    );
  });
}

test('an error about a variable names the variable, not the flag', () => {
  assert.throws(
    () => readOperatorSettings({}, { PALISADE_WORKERS: 'many' }, false),
    (e: Error) => e.message === 'PALISADE_WORKERS: "many" is not an integer from 1 to 64',
  );
});

test('the flag wins over the environment, even over a wrong one', () => {
  assert.is(readOperatorSettings({ workers: '8' }, { PALISADE_WORKERS: '2' }, false).workers, 8);
  assert.is(readOperatorSettings({ workers: '8' }, { PALISADE_WORKERS: 'many' }, false).workers, 8);
});

test('an empty variable counts as unset', () => {
  assert.equal(readOperatorSettings({}, { PALISADE_WORKERS: '', PALISADE_KUBECONFIG: '' }, false), DEFAULTS);
});

test('an empty flag --namespaces means all namespaces, whatever the environment sets', () => {
  assert.equal(readOperatorSettings({ namespaces: '' }, { PALISADE_NAMESPACES: 'a' }, false).namespaces, []);
});

test('each variable name derives from its flag', () => {
  for (const { flag, variable } of Object.values(OPERATOR_SETTINGS))
    assert.is(variable, `PALISADE_${flag.toUpperCase().replaceAll('-', '_')}`);
});

test('each setting has its own variable', () => {
  assert.equal(
    Object.values(OPERATOR_SETTINGS).map(({ variable }) => variable),
    [
      'PALISADE_KUBECONFIG',
      'PALISADE_NAMESPACES',
      'PALISADE_RESERVED_NAMESPACES',
      'PALISADE_WORKERS',
      'PALISADE_RESYNC',
      'PALISADE_DNS_PEERS',
      'PALISADE_DNS_SERVICE',
      'PALISADE_CHILD_LABELS',
      'PALISADE_LEADER_ELECT',
      'PALISADE_LEADER_ELECT_RESOURCE_NAMESPACE',
      'PALISADE_LEADER_ELECT_LEASE_DURATION',
      'PALISADE_LEADER_ELECT_RENEW_DEADLINE',
      'PALISADE_LEADER_ELECT_RETRY_PERIOD',
      'PALISADE_METRICS_ADDRESS',
      'PALISADE_METRICS_PER_NAMESPACE',
      'PALISADE_HEALTH_ADDRESS',
      'PALISADE_REPORT_ADDRESS',
      'PALISADE_SCANNER_MODE',
      'PALISADE_TRIVY',
      'PALISADE_TRIVY_SERVER',
      'PALISADE_JOB_IMAGE',
      'PALISADE_JOB_NAMESPACE',
      'PALISADE_TRIVY_DB_REPOSITORY',
      'PALISADE_TRIVY_JAVA_DB_REPOSITORY',
      'PALISADE_TRIVY_DB_INTERVAL',
      'PALISADE_ENRICHMENT',
      'PALISADE_REPORT_DIR',
      'PALISADE_REPORT_DIR_SIZE',
      'PALISADE_SCAN_CONCURRENCY',
      'PALISADE_SCAN_TIMEOUT',
      'PALISADE_SCAN_MEMORY',
      'PALISADE_SCAN_DISK',
      'PALISADE_SCAN_IMAGE_SIZE',
      'PALISADE_ALLOWED_REGISTRIES',
      'PALISADE_OPENREPORTS',
      'PALISADE_LOG_LEVEL',
      'PALISADE_LOG_FORMAT',
    ],
  );
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { environmentName, OPERATOR_SETTINGS, readOperatorSettings } from '../../src/cli/settings.ts';

const DEFAULTS = {
  namespaces: [],
  workers: 4,
  resyncMs: 600_000,
  dnsPeers: 'kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53',
  metricsAddress: '127.0.0.1:8080',
  healthAddress: '127.0.0.1:8081',
  logLevel: 'info',
  logFormat: 'json',
};

test('without flags and environment everything has its default', () => {
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
  ['workers', '1', { workers: 1 }],
  ['workers', '64', { workers: 64 }],
  ['resync', '10s', { resyncMs: 10_000 }],
  ['resync', '24h', { resyncMs: 86_400_000 }],
  ['resync', '1h30m', { resyncMs: 5_400_000 }],
  ['dns-peers', '10.96.0.10/32:53', { dnsPeers: '10.96.0.10/32:53' }],
  ['metrics-address', '0', { metricsAddress: '0' }],
  ['metrics-address', ':8080', { metricsAddress: ':8080' }],
  ['metrics-address', '[::1]:9090', { metricsAddress: '[::1]:9090' }],
  ['health-address', 'localhost:0', { healthAddress: 'localhost:0' }],
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

const bad: [name: string, text: string, why: string][] = [
  ['kubeconfig', '', 'it is empty: write a value, or leave it out'],
  [
    'namespaces',
    'team-a,Team_B',
    '"Team_B" is not the name of a namespace: write names with commas between them, as in team-a,team-b',
  ],
  ['namespaces', 'a,', '"" is not the name of a namespace: write names with commas between them, as in team-a,team-b'],
  [
    'namespaces',
    'a'.repeat(64),
    `"${'a'.repeat(64)}" is not the name of a namespace: write names with commas between them, as in team-a,team-b`,
  ],
  ['workers', '0', '"0" is not a whole number from 1 to 64'],
  ['workers', '65', '"65" is not a whole number from 1 to 64'],
  ['workers', '4.5', '"4.5" is not a whole number from 1 to 64'],
  ['workers', 'four', '"four" is not a whole number from 1 to 64'],
  ['workers', '1e1', '"1e1" is not a whole number from 1 to 64'],
  ['resync', '10', '"10" is not a duration: write one as in 30s, 10m or 1h30m'],
  ['resync', '9s', '"9s" is not between 10s and 24h'],
  ['resync', '24h1s', '"24h1s" is not between 10s and 24h'],
  [
    'dns-peers',
    'kube-dns:53',
    '"kube-dns:53" is not a DNS peer: write namespace/label=value:port or cidr:port, as in kube-system/k8s-app=kube-dns:53,169.254.20.10/32:53',
  ],
  [
    'metrics-address',
    '8080',
    '"8080" is not an address: write host:port, :port for all addresses, or 0 to serve nothing',
  ],
  [
    'metrics-address',
    'a b:80',
    '"a b:80" is not an address: write host:port, :port for all addresses, or 0 to serve nothing',
  ],
  [
    'health-address',
    '127.0.0.1:65536',
    '"127.0.0.1:65536" is not an address: write host:port, :port for all addresses, or 0 to serve nothing',
  ],
  [
    'health-address',
    '::1:80',
    '"::1:80" is not an address: write host:port, :port for all addresses, or 0 to serve nothing',
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

test('a wrong variable is named, not the flag', () => {
  assert.throws(
    () => readOperatorSettings({}, { PALISADE_WORKERS: 'many' }, false),
    (e: Error) => e.message === 'PALISADE_WORKERS: "many" is not a whole number from 1 to 64',
  );
});

test('the flag wins over the environment, even over a wrong one', () => {
  assert.is(readOperatorSettings({ workers: '8' }, { PALISADE_WORKERS: '2' }, false).workers, 8);
  assert.is(readOperatorSettings({ workers: '8' }, { PALISADE_WORKERS: 'many' }, false).workers, 8);
});

test('an empty variable is no variable', () => {
  assert.equal(readOperatorSettings({}, { PALISADE_WORKERS: '', PALISADE_KUBECONFIG: '' }, false), DEFAULTS);
});

test('an empty flag --namespaces means all, whatever the environment says', () => {
  assert.equal(readOperatorSettings({ namespaces: '' }, { PALISADE_NAMESPACES: 'a' }, false).namespaces, []);
});

test('each setting has a variable of its own', () => {
  assert.equal(Object.values(OPERATOR_SETTINGS).map(environmentName), [
    'PALISADE_KUBECONFIG',
    'PALISADE_NAMESPACES',
    'PALISADE_WORKERS',
    'PALISADE_RESYNC',
    'PALISADE_DNS_PEERS',
    'PALISADE_METRICS_ADDRESS',
    'PALISADE_HEALTH_ADDRESS',
    'PALISADE_LOG_LEVEL',
    'PALISADE_LOG_FORMAT',
  ]);
});

test.run();

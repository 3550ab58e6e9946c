// suite: tools
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../../src/cli/check/find.ts';
import { parseApiServer } from '../../../src/cli/render/api-server.ts';
import { buildWorld } from '../../../src/cli/world/build-world.ts';
import { readManifests } from '../../../src/cli/world/manifests.ts';
import { parseDnsSetting } from '../../../src/policy/sections/network/dns.ts';
import { portText, type Traffic } from '../../../src/reach/ports.ts';
import { Reach } from '../../../src/reach/reach.ts';
import type { Endpoint } from '../../../src/reach/verdict.ts';
import { isLive, type ReachPod } from '../../../src/reach/world.ts';
import { palisade } from '../palisade.ts';

// What each chart declares, from its documentation. Everything else between workloads must be denied.

const API_SERVER = '10.0.0.1';
const API_SERVER_PORT: Traffic = { port: 6443, protocol: 'TCP' };
const STRANGER = '203.0.113.9';

interface Chart {
  readonly name: string;
  readonly namespace: string;
  /** `FROM > TO:PORT`, with the namespace where it is another one. */
  readonly connections: readonly string[];
  readonly apiClients: readonly string[];
  /** What palisade check still says: Services whose callers the chart does not declare. */
  readonly unreachable: readonly string[];
  /** In the comments. */
  readonly unknown: readonly string[];
}

const ORDERS_RABBITMQ = ['web', 'worker', 'beat', 'flower'].map(
  (name) => `Deployment ${name} > StatefulSet rabbitmq:5672`,
);
const ORDERS_REDIS = ['web', 'worker', 'beat', 'flower'].map(
  (name) => `Deployment ${name} > StatefulSet redis-master:6379`,
);

const PROMETHEUS = 'Prometheus kps-kube-prometheus-stack-prometheus';
const ALERTMANAGER = 'Alertmanager kps-kube-prometheus-stack-alertmanager';

const CHARTS: readonly Chart[] = [
  {
    name: 'kube-prometheus-stack',
    namespace: 'monitoring',
    connections: [
      `${API_SERVER} > Deployment kps-kube-prometheus-stack-operator:10250`,
      `${PROMETHEUS} > Deployment kps-kube-prometheus-stack-operator:10250`,
      `${PROMETHEUS} > Deployment kps-kube-state-metrics:8080`,
      `${PROMETHEUS} > Deployment kps-grafana:3000`,
      `${PROMETHEUS} > ${ALERTMANAGER}:9093`,
      `${PROMETHEUS} > ${ALERTMANAGER}:8080`,
      `${PROMETHEUS} > ${PROMETHEUS}:9090`,
      `${PROMETHEUS} > ${PROMETHEUS}:8080`,
      `Deployment kps-grafana > ${PROMETHEUS}:9090`,
      `Deployment kps-grafana > ${ALERTMANAGER}:9093`,
    ],
    apiClients: [
      'Deployment kps-grafana',
      'Deployment kps-kube-prometheus-stack-operator',
      'Deployment kps-kube-state-metrics',
      'Job kps-kube-prometheus-stack-admission-create',
      'Job kps-kube-prometheus-stack-admission-patch',
      PROMETHEUS,
    ],
    unreachable: [],
    unknown: [
      'DaemonSet kps-prometheus-node-exporter is on the host network',
      'where policies of namespace kube-system isolate pods k8s-app=kube-dns of namespace kube-system, they must allow ingress',
      'ServiceMonitor kps-kube-prometheus-stack-kubelet selects nothing that was found',
      'host grafana.net (ConfigMap kps-grafana) is outside the cluster',
      'Secret kps-grafana is not read',
    ],
  },
  {
    name: 'ingress-nginx',
    namespace: 'ingress-nginx',
    connections: [
      `${API_SERVER} > Deployment ingress-nginx-controller:8443`,
      'Deployment ingress-nginx-controller > Deployment shop/web:8080',
    ],
    apiClients: [
      'Deployment ingress-nginx-controller',
      'Job ingress-nginx-admission-create',
      'Job ingress-nginx-admission-patch',
    ],
    unreachable: ['ingress-nginx-controller', 'ingress-nginx-controller'],
    unknown: [
      'Service ingress-nginx-controller of type LoadBalancer: its clients outside the cluster are unknown',
      'Deployment ingress-nginx-controller is an ingress controller, and the Ingresses of other namespaces are unknown',
      'where policies of namespace shop isolate Deployment shop/web, they must allow ingress',
    ],
  },
  {
    name: 'cert-manager',
    namespace: 'cert-manager',
    connections: [
      `${API_SERVER} > Deployment cert-manager-webhook:10250`,
      'Deployment monitoring/prometheus-server > Deployment cert-manager:9402',
      'Deployment monitoring/prometheus-server > Deployment cert-manager-cainjector:9402',
      'Deployment monitoring/prometheus-server > Deployment cert-manager-webhook:9402',
    ],
    apiClients: [
      'Deployment cert-manager',
      'Deployment cert-manager-cainjector',
      'Deployment cert-manager-webhook',
      'Job cert-manager-startupapicheck',
    ],
    unreachable: [],
    unknown: ['pods see calls of the API server from an address that differs from plug-in to plug-in'],
  },
  {
    name: 'wordpress',
    namespace: 'blog',
    connections: [
      'Deployment blog-wordpress > StatefulSet blog-mariadb:3306',
      'Deployment ingress-nginx/ingress-nginx-controller > Deployment blog-wordpress:8080',
    ],
    apiClients: [],
    unreachable: ['blog-wordpress'],
    unknown: [
      'Service blog-wordpress at port 443: no client was found',
      'Secret blog-mariadb is not read',
      'Secret blog-wordpress is not read',
    ],
  },
  {
    name: 'queue-worker',
    namespace: 'orders',
    connections: [
      ...ORDERS_RABBITMQ,
      ...ORDERS_REDIS,
      'Deployment flower > StatefulSet rabbitmq:15672',
      'CronJob report > Deployment web:8000',
      'CronJob report > StatefulSet redis-master:6379',
      ...[4369, 5672, 15672, 25672].map((port) => `StatefulSet rabbitmq > StatefulSet rabbitmq:${port}`),
    ],
    apiClients: ['StatefulSet rabbitmq'],
    unreachable: [],
    unknown: [
      'Secret rabbitmq is not read',
      'host o1.ingest.sentry.example.com (env SENTRY_DSN) is outside the cluster',
      'env RABBITMQ_NODE_NAME names Service rabbitmq-headless, without a port, so the rule has all of its ports',
    ],
  },
];

const suggest = async ({ name, namespace }: Chart) => {
  const file = join(import.meta.dirname, 'charts', `${name}.yaml`);
  const ran = await palisade(['suggest', namespace, '-f', file, '--api-server', `${API_SERVER}/32:6443`]);
  assert.is(ran.status, 0, ran.stderr);
  const sources = [
    { file, text: readFileSync(file, 'utf8') },
    { file: 'suggested.yaml', text: ran.stdout },
  ];
  const loaded = buildWorld({
    // Reads policies as the API server validates them.
    manifests: readManifests(sources),
    ...{ dns: parseDnsSetting('auto'), apiServer: parseApiServer(`${API_SERVER}/32:6443`) },
  });
  return { text: ran.stdout, loaded, reach: new Reach(loaded.world) };
};

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

for (const chart of CHARTS) {
  const { namespace } = chart;
  const suggested = await suggest(chart);
  const { world } = suggested.loaded;
  const nameOf = (pod: ReachPod): string =>
    `${pod.workload?.kind} ${pod.namespace === namespace ? '' : `${pod.namespace}/`}${pod.workload?.name}`;
  // With an address each: a rule for the API server's could otherwise be one for theirs.
  const pods = world.pods.filter(isLive).map((pod, n): ReachPod => ({ ...pod, addresses: [`10.244.0.${n + 1}`] }));
  const own = pods.filter((pod) => pod.namespace === namespace && pod.hostNetwork !== true);
  const words = suggested.text.replaceAll(/\n\s*#\s*/g, ' ');

  test(`${chart.name}: exactly the declared connections are allowed`, () => {
    // The ports that the chart declares, and those of its other workloads.
    const ports = distinct(pods.flatMap((pod) => pod.ports.map(({ port, protocol }) => `${port} ${protocol}`)));
    const traffic = ports.map((text): Traffic => {
      const [port, protocol] = text.split(' ');
      return { port: Number(port), protocol: protocol as Traffic['protocol'] };
    });
    const ends: [string, Endpoint][] = [
      ...pods.filter((pod) => pod.hostNetwork !== true).map((pod): [string, Endpoint] => [nameOf(pod), pod]),
      [API_SERVER, { address: API_SERVER }],
      [STRANGER, { address: STRANGER }],
    ];
    const allowed = ends.flatMap(([from, source]) =>
      ends.flatMap(([to, destination]) => {
        if (![source, destination].some((end) => own.includes(end as ReachPod))) return [];
        return traffic.flatMap((one) => {
          const { allowed: answer } = suggested.reach.verdict(source, destination, one);
          return answer === 'No' ? [] : [`${from} > ${to}:${portText(one)}${answer === 'Yes' ? '' : ` (${answer})`}`];
        });
      }),
    );
    assert.equal(allowed.sort(), [...chart.connections].sort());
  });

  test(`${chart.name}: exactly its clients may connect to the API server`, () => {
    const clients = own.filter(
      (pod) => suggested.reach.verdict(pod, { address: API_SERVER }, API_SERVER_PORT).allowed === 'Yes',
    );
    assert.equal(clients.map(nameOf).sort(), [...chart.apiClients].sort());
  });

  test(`${chart.name}: check finds only what the comments say`, () => {
    const found = check(suggested.loaded).findings.map(
      ({ reason, message }) => `${reason} ${/\/(\S+)/.exec(message)?.[1]}`,
    );
    assert.equal(
      found,
      chart.unreachable.map((service) => `ServiceUnreachable ${service}`),
    );
    for (const service of distinct(chart.unreachable))
      assert.match(words, new RegExp(`Service ${service} (?:at port|of type)`));
  });

  test(`${chart.name}: comments say what is unknown, and each rule has its evidence`, () => {
    for (const text of chart.unknown) assert.ok(words.includes(text), text);
    for (const { policy } of suggested.loaded.policies) {
      const { mode, network } = policy.spec;
      assert.is(mode, 'Audit');
      for (const rule of [...(network?.allow?.ingress ?? []), ...(network?.allow?.egress ?? [])])
        assert.ok(rule.description);
    }
    assert.not.match(suggested.text, 'anywhere');
  });
}

test.run();

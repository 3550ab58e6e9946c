import ipaddr from 'ipaddr.js';
import { toCidr } from '../../../policy/sections/network/cidr.ts';
import { isHeadless } from '../../../reach/service.ts';
import type { ReachService } from '../../../reach/world.ts';
import { listed } from '../../../text/listed.ts';
import { behind, isApiServer } from '../destinations.ts';
import { type Configuration, configMapsOf, configurationOf } from '../hosts/configuration.ts';
import { type Mention, mentionsIn } from '../hosts/mentions.ts';
import { type Resolved, resolveHost } from '../hosts/resolve.ts';
import { CONFIG_MAPS } from '../kinds.ts';
import type { Scene } from '../scene.ts';
import type { Workload } from '../workloads.ts';
import { type Connection, type Evidence, type Gap, together } from './evidence.ts';

/** Of clients that write no port into a URL. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  ...{ http: 80, ws: 80, https: 443, wss: 443, ftp: 21, smtp: 25, ldap: 389, ldaps: 636 },
  ...{ redis: 6379, rediss: 6379, amqp: 5672, amqps: 5671, nats: 4222, mqtt: 1883, mqtts: 8883 },
  ...{ postgres: 5432, postgresql: 5432, mysql: 3306, mariadb: 3306, mongodb: 27_017, sqlserver: 1433 },
};

/** A mention, and where it is. */
interface Found {
  readonly where: string;
  readonly mention: Mention;
}

type Fact = Partial<Evidence> & { readonly outside?: string };

const NOTHING: Fact = {};

const isOwn = (scene: Scene, { namespace }: { namespace: string }): boolean => namespace === scene.namespace;

const declaredPorts = (scene: Scene, service: ReachService): number[] => [
  ...service.ports.map(({ port }) => port),
  ...(isHeadless(service)
    ? behind(scene, service, {}).destinations.flatMap(({ to }) =>
        to.type === 'Workload' ? to.workload.pods.flatMap(({ ports }) => ports.map(({ port }) => port)) : [],
      )
    : []),
];

/** Undefined: the mention says none, and the Service has several. */
const portOf = (service: ReachService, { port, scheme }: Mention): number | undefined => {
  if (port !== undefined) return port;
  const usual = DEFAULT_PORTS[scheme ?? ''];
  if (service.ports.some((one) => one.port === usual)) return usual;
  return service.ports.length === 1 ? service.ports[0]!.port : undefined;
};

const toService = (scene: Scene, workload: Workload, { where, mention }: Found, service: ReachService): Fact => {
  const name = scene.nameOf({ kind: 'Service', ...service });
  const why = `${scene.nameOf(workload)}: ${where} names ${name}`;
  if (isApiServer(service)) return { apiClients: [{ workload, why }] };
  const isPort = mention.port === undefined || declaredPorts(scene, service).includes(mention.port);
  if (mention.form === 'HostPort' && !isPort) return NOTHING;
  const gap = (text: string): Fact => ({
    gaps: isOwn(scene, workload) ? [{ direction: 'egress', text: `${why}, ${text}` }] : [],
  });
  if (!isPort && !isHeadless(service))
    return gap(`which has no port ${mention.port}: no rule allows it; correct the port`);
  const port = portOf(service, mention);
  const { destinations, problems } = behind(scene, service, { ...(port !== undefined && { port }) });
  const isToItself = destinations.every(({ to }) => to.type === 'Workload' && to.workload === workload);
  // A bare name of its own is what it calls itself; replicas find each other by a headless Service.
  if (isToItself && mention.form.startsWith('Named') && !isHeadless(service)) return NOTHING;
  const connections = destinations.map(
    ({ to, ports }): Connection => ({
      ...{ from: { type: 'Workload', workload }, to, ports, why },
    }),
  );
  const openPort = port === undefined && service.ports.length > 1;
  return together([
    { connections },
    ...(destinations.length === 0 ? [gap(`which leads to no pod: ${listed(problems)}`)] : []),
    ...(openPort ? [gap('without a port, so the rule has all of its ports: remove those that it does not need')] : []),
  ]);
};

const toAddress = (scene: Scene, workload: Workload, { where, mention }: Found, address: string): Fact => {
  if (mention.form === 'Bare' || mention.form === 'NamedWeakly') return NOTHING;
  const port = mention.port ?? DEFAULT_PORTS[mention.scheme ?? ''];
  const why = `${scene.nameOf(workload)}: ${where} names ${address}`;
  const isLinkLocal = ipaddr.process(address).range() === 'linkLocal';
  if (port === undefined || isLinkLocal) {
    const cure = isLinkLocal ? 'an address of the node or of the cloud' : 'without a port';
    const to = `to: [{cidr: ${toCidr(address)}}]`;
    return {
      gaps: [{ direction: 'egress', text: `${why}, ${cure}: to allow it, add an egress rule with ${to} and its port` }],
    };
  }
  const pod = scene.world.pods.find(({ addresses = [] }) => addresses.includes(address));
  const callee = pod && scene.workloadOf(pod);
  const to = callee
    ? ({ type: 'Workload', workload: callee } as const)
    : ({ type: 'Network', cidr: toCidr(address) } as const);
  return { connections: [{ from: { type: 'Workload', workload }, to, ports: [{ port }], why }] };
};

const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;
/** Values of switches, which stand where a host could. */
const WORDS = new Set([
  'true',
  'false',
  'yes',
  'no',
  'on',
  'off',
  'auto',
  'none',
  'default',
  'enabled',
  'disabled',
  'all',
  'any',
]);
/** Names of documents, which nobody fetches. */
const DOCUMENTS = new Set(['www.w3.org', 'json-schema.org', 'schemas.xmlsoap.org', 'schemas.microsoft.com']);

const toOutside = ({ where, mention }: Found, { host, through }: Resolved & { type: 'Outside' }): Fact => {
  if (through !== undefined) return { outside: `${host} (${where}, Service ${through.name} of type ExternalName)` };
  if (!['Url', 'Named'].includes(mention.form) || DOCUMENTS.has(host)) return NOTHING;
  if (DOMAIN.test(host)) return { outside: `${host} (${where})` };
  // Texts have many words; a variable or an argument is meant for this container.
  const isMeant =
    !where.startsWith('ConfigMap') &&
    /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(host) &&
    !/^\d+$/.test(host) &&
    !WORDS.has(host);
  return isMeant ? { outside: `${host} (${where}; the namespace has no such Service)` } : NOTHING;
};

const missing = (scene: Scene, workload: Workload, { where }: Found, at: Resolved & { type: 'Missing' }): Fact => {
  const service = `${at.namespace}/${at.name}`;
  const cure = scene.hasFilesOnly
    ? `which no file has: add the manifests of namespace ${at.namespace} to --filename`
    : scene.isUnread({ kind: 'Service', group: '' }, at.namespace)
      ? `and you may not list the Services of namespace ${at.namespace}: ask for ClusterRole view there`
      : 'which does not exist: correct the name';
  return {
    gaps: [{ direction: 'egress', text: `${scene.nameOf(workload)}: ${where} names Service ${service}, ${cure}` }],
  };
};

const factOf = (scene: Scene, workload: Workload, found: Found): Fact => {
  const resolved = resolveHost(scene, workload.namespace, found.mention.host);
  if (resolved.type === 'Service') return toService(scene, workload, found, resolved.service);
  if (!isOwn(scene, workload)) return NOTHING;
  if (resolved.type === 'Address') return toAddress(scene, workload, found, resolved.address);
  if (resolved.type === 'Outside') return toOutside(found, resolved);
  if (resolved.type !== 'Missing') return NOTHING;
  // Files seldom have it.
  if (isApiServer(resolved))
    return { apiClients: [{ workload, why: `${scene.nameOf(workload)}: ${found.where} names it` }] };
  return missing(scene, workload, found, resolved);
};

/** As the kubelet names the addresses of the Services of the namespace in the environment. */
const SERVICE_LINK = /\b([A-Z][A-Z0-9_]*)_SERVICE_HOST\b/g;

const linked = (scene: Scene, { namespace }: Workload, value: string): Mention[] =>
  [...value.matchAll(SERVICE_LINK)].flatMap(([, name = '']): Mention[] => {
    if (name === 'KUBERNETES') return [{ host: 'kubernetes.default.svc', form: 'ServiceName' }];
    const service = scene.world.services.find(
      (one) => one.namespace === namespace && one.name.toUpperCase().replaceAll('-', '_') === name,
    );
    return service === undefined ? [] : [{ host: `${service.name}.${namespace}.svc`, form: 'ServiceName' }];
  });

const foundIn = (scene: Scene, workload: Workload, { places }: Configuration): Found[] => {
  const all = places.flatMap(({ where, settings }) =>
    settings.flatMap((setting) =>
      [...mentionsIn(setting), ...linked(scene, workload, setting.value)].map((mention) => ({ where, mention })),
    ),
  );
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
};

/** One for each text, so that workloads with equal ones share a comment. */
const gapsOf = (
  scene: Scene,
  workload: Workload,
  { secrets, missingConfigMaps }: Configuration,
  outside: readonly string[],
): Gap[] => {
  const cure = scene.isUnread(CONFIG_MAPS, scene.namespace)
    ? 'you may not list it: ask for ClusterRole view'
    : scene.hasFilesOnly
      ? 'no file has it: add it to --filename'
      : 'it does not exist';
  return [
    ...outside.map(
      (host) =>
        `host ${host} is outside the cluster, and no rule can have a name: to allow it, add an egress rule with to: [{cidr: …}]`,
    ),
    ...secrets.map((name) => `Secret ${name} is not read: add egress rules for the hosts that it names, if it does`),
    ...missingConfigMaps.map((name) => `ConfigMap ${name} is unknown, because ${cure}`),
  ].map((text) => ({ direction: 'egress', text, of: scene.nameOf(workload) }));
};

const ofWorkload = (scene: Scene, workload: Workload, configMaps: ReturnType<typeof configMapsOf>): Evidence => {
  const configuration = configurationOf(scene, workload, configMaps);
  const facts = foundIn(scene, workload, configuration).map((found) => factOf(scene, workload, found));
  const outside = [...new Set(facts.flatMap((fact) => fact.outside ?? []))].sort();
  const gaps = isOwn(scene, workload) ? gapsOf(scene, workload, configuration, outside) : [];
  return together([...facts, { gaps }]);
};

/** Services and hosts that the configuration of workloads names. */
export const hostNames = (scene: Scene): Evidence => {
  const configMaps = configMapsOf(scene);
  return together(scene.workloads.map((workload) => ofWorkload(scene, workload, configMaps)));
};

import { listed } from '../../../text/listed.ts';
import { parseCidr, toCidr } from './cidr.ts';
import type { DnsPeer, DnsState } from './context.ts';
import { DEFAULT_DNS_PEERS, type DnsSetting, parseDnsPeers } from './dns.ts';
import { DNS_PORT, type DnsService, describeService, peersOf } from './dns-service.ts';
import { NAMESPACE_NAME_LABEL } from './peers.ts';

/** Addresses to which a pod sends its questions without a Service: a cache of its node, or a resolver of the cloud. */
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10'].map(parseCidr);

const NOT_SEEN = 'no DNS Service with a ready endpoint is seen';

const distinct = (peers: readonly DnsPeer[]): DnsPeer[] => [
  ...new Map(peers.map((peer) => [JSON.stringify(peer), peer])).values(),
];

const addressPeer = (address: string): DnsPeer => ({ peer: { ipBlock: { cidr: toCidr(address) } }, port: DNS_PORT });

const contains = (cidr: string, address: string): boolean => {
  const inner = parseCidr(toCidr(address));
  return inner !== undefined && parseCidr(cidr)?.contains(inner) === true;
};

const isLinkLocal = (address: string): boolean => {
  const inner = parseCidr(toCidr(address));
  return inner !== undefined && LINK_LOCAL.some((network) => network?.contains(inner));
};

const allowsAddress = (peers: readonly DnsPeer[], address: string, port: number): boolean =>
  peers.some((p) => p.port === port && p.peer.ipBlock !== undefined && contains(p.peer.ipBlock.cidr, address));

/** Whether every pod that the Service selects has the labels of the peer. */
const allowsPods = ({ peer, port }: DnsPeer, { namespace, selector, ports }: DnsService): boolean =>
  peer.namespaceSelector?.matchLabels?.[NAMESPACE_NAME_LABEL] === namespace &&
  ports.includes(port) &&
  Object.entries(peer.podSelector?.matchLabels ?? {}).every(([key, value]) => selector[key] === value);

/** By labels, or outside the cluster by address. */
const allowsEndpoints = (peers: readonly DnsPeer[], service: DnsService): boolean =>
  Object.keys(service.selector).length > 0
    ? peers.some((peer) => allowsPods(peer, service))
    : allowsAddresses(peers, service);

const allowsAddresses = (peers: readonly DnsPeer[], { ready, ports }: DnsService): boolean =>
  ready.some((address) => ports.some((port) => allowsAddress(peers, address, port)));

const withAddresses = (service: DnsService): string =>
  service.clusterIps.length === 0
    ? `headless ${describeService(service)}`
    : `${describeService(service)} at ${listed(service.clusterIps)}`;

/** @param nameservers those of the operator's own pod; empty: it does not run in a pod */
const autoState = (
  { peers }: DnsSetting,
  services: readonly DnsService[],
  nameservers: readonly string[],
  unusable: string | undefined,
): DnsState => {
  const local = nameservers.filter(isLinkLocal);
  const ready = services.filter((service) => service.ready.length > 0);
  const found = [...ready.map(withAddresses), ...local.map((address) => `${address}, as in the operator's own pod`)];
  if (found.length > 0) return { state: 'Found', message: listed(found) };
  if (peers.length > 0)
    return {
      state: 'Unverified',
      message: `as --dns-peers names it, not verified: ${unusable ?? NOT_SEEN}`,
    };
  const [service] = services;
  if (service !== undefined) {
    return {
      state: 'Unknown',
      message: `${listed(services.map(describeService))} has no ready endpoint, so names are not resolved until it has one. An EndpointSlice made by hand needs the labels of its Service. If pods resolve names elsewhere, have a cluster operator set --dns-peers`,
    };
  }
  return {
    state: 'Unknown',
    message:
      unusable === undefined
        ? 'Palisade finds no DNS Service, so pods may be unable to resolve names: have a cluster operator name the Service with --dns-service, or its pods and addresses with --dns-peers'
        : `${unusable}, so pods may be unable to resolve names: have a cluster operator correct the Service or --dns-service`,
  };
};

const namedState = (
  { peers }: DnsSetting,
  services: readonly DnsService[],
  nameservers: readonly string[],
  unusable: string | undefined,
): DnsState => {
  const asked = nameservers.filter(isLinkLocal);
  const missed = asked.filter((address) => !allowsAddress(peers, address, DNS_PORT));
  if (missed.length > 0) {
    return {
      state: 'Unknown',
      message: `The operator's own pod resolves names at ${listed(missed)}, which no peer of --dns-peers covers: have a cluster operator add ${missed.map((a) => `${toCidr(a)}:${DNS_PORT}`).join(',')} to it, or use auto`,
    };
  }
  if (asked.length > 0) return { state: 'Found', message: `as --dns-peers names it, with ${listed(asked)}` };
  return listState(
    peers,
    services.filter((service) => service.ready.length > 0),
    unusable,
  );
};

/** @param ready Services with a ready endpoint */
const listState = (peers: readonly DnsPeer[], ready: readonly DnsService[], unusable: string | undefined): DnsState => {
  const covered = ready.filter((service) => allowsEndpoints(peers, service));
  if (covered.length > 0)
    return { state: 'Found', message: `as --dns-peers names it, with ${listed(covered.map(describeService))}` };
  const unverified = whyUnverified(peers, ready, unusable);
  if (unverified !== undefined)
    return { state: 'Unverified', message: `as --dns-peers names it, not verified: ${unverified}` };
  // Seen on Cilium: with its cluster IP alone, no name is resolved.
  const byIp = ready.some(({ clusterIps }) => clusterIps.some((ip) => allowsAddress(peers, ip, DNS_PORT)));
  return {
    state: 'Unknown',
    message: `No peer of --dns-peers covers ${byIp ? 'the pods of ' : ''}${listed(ready.map(describeService))}: have a cluster operator use auto, or name the labels of its selector and its target port`,
  };
};

const whyUnverified = (
  peers: readonly DnsPeer[],
  ready: readonly DnsService[],
  unusable: string | undefined,
): string | undefined => {
  if (ready.length === 0) return unusable ?? NOT_SEEN;
  const names = listed(ready.map(describeService));
  if (ready.some((service) => allowsAddresses(peers, service)))
    return `it covers the pods of ${names} by address, which some network plug-ins (Cilium) never match`;
  // A node-local cache leaves no trace in the cluster's objects.
  const hasCache = peers.some(({ peer }) => isLinkLocal(peer.ipBlock?.cidr.split('/')[0] ?? ''));
  return hasCache ? `it does not cover ${names}, and a node-local cache is not seen` : undefined;
};

/**
 * @param setting the flag --dns-peers
 * @param unusable why the Service of --dns-service is none of the services
 */
export const dnsState = (
  setting: DnsSetting,
  services: readonly DnsService[],
  nameservers: readonly string[],
  unusable?: string,
): DnsState => (setting.auto ? autoState : namedState)(setting, services, nameservers, unusable);

/** The peers to allow: those that the flag names; with auto also the usual ones, those of the Services, and the nameservers. */
export const dnsPeers = (
  { auto, peers }: DnsSetting,
  services: readonly DnsService[],
  nameservers: readonly string[],
): DnsPeer[] =>
  auto
    ? distinct([
        ...parseDnsPeers(DEFAULT_DNS_PEERS),
        ...services.flatMap(peersOf),
        ...nameservers.map(addressPeer),
        ...peers,
      ])
    : [...peers];

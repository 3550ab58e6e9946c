import { isIP } from 'node:net';
import type { Protocol } from '../../reach/world.ts';
import { UsageError } from '../errors.ts';

/** An end of a connection as a user writes it. */
export type Reference =
  | { readonly type: 'Address'; readonly address: string }
  /** `pod/web.shop`: the kind as in the API, or as written for kinds that are none of Kubernetes. */
  | { readonly type: 'Object'; readonly kind: string; readonly name: string }
  /** `db.data.svc.cluster.local` */
  | { readonly type: 'Name'; readonly labels: readonly string[] };

/** The port absent: every port that the destination declares. */
export interface Destination {
  readonly reference: Reference;
  readonly port?: number | string;
  readonly protocol?: Protocol;
}

/** As kubectl has them. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['pod', 'pods', 'po'],
  Namespace: ['namespace', 'namespaces', 'ns'],
  Service: ['service', 'services', 'svc'],
  Deployment: ['deployment', 'deployments', 'deploy'],
  StatefulSet: ['statefulset', 'statefulsets', 'sts'],
  DaemonSet: ['daemonset', 'daemonsets', 'ds'],
  ReplicaSet: ['replicaset', 'replicasets', 'rs'],
  Job: ['job', 'jobs'],
  CronJob: ['cronjob', 'cronjobs', 'cj'],
};

const FORMS = 'write pod/NAME.NAMESPACE, deploy/NAME.NAMESPACE, ns/NAMESPACE, SERVICE.NAMESPACE or an IP address';

const kindOf = (written: string): string => {
  const wanted = written.toLowerCase();
  return Object.entries(KINDS).find(([, names]) => names.includes(wanted))?.[0] ?? written;
};

const KIND = /^[a-z]+$/i;
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** @throws UsageError */
export const parseReference = (text: string): Reference => {
  if (isIP(text) > 0 && !text.includes('%')) return { type: 'Address', address: text };
  const [kind = '', name, ...rest] = text.split('/');
  if (rest.length > 0 || text === '') throw new UsageError(`"${text}" is neither a pod nor an address: ${FORMS}`);
  const dns = name === undefined ? kind.replace(/\.$/, '') : name;
  if (!NAME.test(dns) || (name !== undefined && !KIND.test(kind)))
    throw new UsageError(`"${text}" is no name of an object: ${FORMS}`);
  if (name !== undefined) return { type: 'Object', kind: kindOf(kind), name };
  return { type: 'Name', labels: dns.split('.') };
};

const PROTOCOL = /^(?<rest>.+)\/(?<protocol>tcp|udp|sctp)$/i;

/** A Deployment may have the name of a protocol: `deploy/tcp` is one. */
const isBareKind = (text: string): boolean => Object.values(KINDS).some((names) => names.includes(text.toLowerCase()));

/** @returns an IPv6 address without its brackets; without brackets it has no port */
const splitPort = (text: string): [host: string, port: string | undefined] => {
  if (isIP(text) === 6) return [text, undefined];
  const bracketed = /^\[(?<host>[^\]]*)\](:(?<port>.*))?$/.exec(text)?.groups;
  if (bracketed !== undefined) return [bracketed.host ?? '', bracketed.port];
  const at = text.lastIndexOf(':');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const PORT_NAME = /^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;

/** @throws UsageError */
const parsePort = (text: string, whole: string): number | string => {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  if (PORT_NAME.test(text)) return text;
  throw new UsageError(
    `"${whole}": "${text}" is no port: write a number from 1 to 65535, or the name of a port, as in db.data:5432`,
  );
};

/** Reads `DESTINATION[:PORT][/PROTOCOL]`. @throws UsageError */
export const parseDestination = (text: string): Destination => {
  const { rest = text, protocol } = PROTOCOL.exec(text)?.groups ?? {};
  const hasProtocol = protocol !== undefined && !isBareKind(rest);
  const [host, port] = splitPort(hasProtocol ? rest : text);
  return {
    reference: parseReference(host),
    ...(port !== undefined && { port: parsePort(port, text) }),
    ...(hasProtocol && { protocol: protocol.toUpperCase() as Protocol }),
  };
};

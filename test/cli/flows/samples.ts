/** Records in the shape that the tools write them, with the names of the tests. */

interface HubbleEnd {
  readonly ip: string;
  readonly pod?: string;
  readonly labels?: readonly string[];
  readonly workload?: string;
}

const hubbleEnd = ({ pod, labels = [], workload }: HubbleEnd, id: number): object => {
  const [namespace, name] = pod?.split('/') ?? [];
  if (namespace === undefined) return { identity: 2, labels };
  return {
    ...{ ID: id, identity: 20_000 + id, cluster_name: 'default', namespace },
    labels: [
      ...labels,
      'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=shop',
      'k8s:io.cilium.k8s.policy.cluster=default',
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
    ],
    pod_name: name,
    ...(workload !== undefined && { workloads: [{ name: workload, kind: 'Deployment' }] }),
  };
};

export const WEB: HubbleEnd = { ip: '10.0.1.235', pod: 'shop/web-1', labels: ['k8s:app=web'], workload: 'web' };
export const API: HubbleEnd = { ip: '10.0.0.21', pod: 'shop/api-1', labels: ['k8s:app=api'], workload: 'api' };
export const WORLD: HubbleEnd = { ip: '93.184.216.34', labels: ['reserved:world'] };

/** A line of `hubble observe -o jsonpb`. */
export const hubble = (
  from: HubbleEnd,
  to: HubbleEnd,
  port: number,
  more: object = {},
  protocol: 'TCP' | 'UDP' | 'SCTP' = 'TCP',
): string => {
  const [time, node_name] = ['2026-02-24T08:43:39.070396373Z', 'default/node-1'];
  const flow = {
    ...{ time, uuid: 'd54c1e24-8985-4710-b275-b19b15aed350', emitter: { name: 'Hubble', version: '1.19.1' } },
    ...{ verdict: 'FORWARDED', ethernet: { source: '52:54:00:c8:b1:e7', destination: 'fe:ee:b0:19:ec:8f' } },
    IP: { source: from.ip, destination: to.ip, ipVersion: from.ip.includes(':') ? 'IPv6' : 'IPv4' },
    l4: {
      [protocol]: { source_port: 58_012, destination_port: port, ...(protocol === 'TCP' && { flags: { SYN: true } }) },
    },
    ...{ source: hubbleEnd(from, 423), destination: hubbleEnd(to, 3106), Type: 'L3_L4', node_name },
    ...{ event_type: { type: 4, sub_type: 3 }, traffic_direction: 'EGRESS', trace_observation_point: 'TO_STACK' },
    ...{ trace_reason: 'NEW', is_reply: false, Summary: 'TCP Flags: SYN' },
    ...more,
  };
  return JSON.stringify({ flow, node_name, time });
};

/** A line of Felix's flow log. */
export const felix = (more: object = {}): string =>
  JSON.stringify({
    ...{ start_time: 1659621542, end_time: 1659621842, source_ip: '10.48.116.157', source_name: 'web-1' },
    ...{ source_name_aggr: 'web-*', source_namespace: 'shop', nat_outgoing_ports: null, source_port: null },
    ...{ source_type: 'wep', source_labels: { labels: ['app=web', 'pod-template-hash=598d5b586d'] } },
    ...{ dest_ip: '10.48.127.224', dest_name: '-', dest_name_aggr: 'api-598d5b586d-*', dest_namespace: 'shop' },
    ...{ dest_port: 3000, dest_type: 'wep', dest_labels: { labels: ['app=api'] }, dest_service_namespace: 'shop' },
    ...{
      dest_service_name: 'api',
      dest_service_port: 'http',
      dest_service_port_num: 80,
      proto: 'tcp',
      action: 'allow',
    },
    ...{ reporter: 'src', policies: null, bytes_in: 300, bytes_out: 0, num_flows: 2, num_flows_started: 1 },
    ...more,
  });

/** A Flow of Goldmane, as protojson writes it. */
export const goldmane = (key: object = {}, more: object = {}): object => ({
  Key: {
    ...{ sourceName: 'web-755cdc7957-*', sourceNamespace: 'shop', sourceType: 'WorkloadEndpoint' },
    ...{ destName: 'db-0', destNamespace: 'shop', destType: 'WorkloadEndpoint', destPort: '5432' },
    ...{ destServiceName: '-', destServiceNamespace: '-', destServicePortName: '-', proto: 'tcp', reporter: 'Dst' },
    ...{ action: 'Allow', policies: {} },
    ...key,
  },
  ...{ startTime: '1743000000', endTime: '1743000015', sourceLabels: ['app=web'], destLabels: ['app=db'] },
  ...{ packetsIn: '4', numConnectionsStarted: '3', numConnectionsLive: '1' },
  ...more,
});

/** A line of `conntrack -L`. */
export const conntrack = (
  [from, fromPort]: readonly [string, number],
  [to, toPort]: readonly [string, number],
  [real, realPort]: readonly [string, number] = [to, toPort],
): string =>
  `tcp      6 431999 ESTABLISHED src=${from} dst=${to} sport=${fromPort} dport=${toPort} src=${real} dst=${from} sport=${realPort} dport=${fromPort} [ASSURED] mark=0 use=1`;

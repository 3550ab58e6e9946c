import { join } from 'node:path';

/** Where one control plane keeps its files. */
export interface Layout {
  directory: string;
  etcdData: string;
  etcdSocket: string;
  ca: string;
  servingCertificate: string;
  servingKey: string;
  serviceAccountKey: string;
  adminKubeconfig: string;
  managerKubeconfig: string;
  auditPolicy: string;
  auditLog: string;
  log(component: string): string;
}

export function layout(directory: string): Layout {
  const file = (name: string) => join(directory, name);
  return {
    directory,
    etcdData: file('etcd'),
    etcdSocket: file('etcd.sock'),
    ca: file('ca.crt'),
    servingCertificate: file('apiserver.crt'),
    servingKey: file('apiserver.key'),
    serviceAccountKey: file('service-account.key'),
    adminKubeconfig: file('kubeconfig'),
    managerKubeconfig: file('controller-manager.kubeconfig'),
    auditPolicy: file('audit-policy.yaml'),
    auditLog: file('audit.log'),
    log: (component) => file(`${component}.log`),
  };
}

/** Clients meet etcd on a socket in a private directory: no port to race for, and no other user gets in. */
export function etcdFlags(files: Layout): string[] {
  const neverUsed = 'http://127.0.0.1:2380';
  return [
    `--data-dir=${files.etcdData}`,
    '--unsafe-no-fsync=true',
    `--listen-client-urls=unix://${files.etcdSocket}`,
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:0',
    `--initial-advertise-peer-urls=${neverUsed}`,
    `--initial-cluster=default=${neverUsed}`,
    // A single member elects itself; the default makes it wait for a whole second.
    '--heartbeat-interval=20',
    '--election-timeout=100',
    '--log-level=warn',
  ];
}

export interface ApiServerSettings {
  port: number;
  /** A path. */
  auditLog?: string;
  extra: readonly string[];
}

export function apiServerFlags(files: Layout, settings: ApiServerSettings): string[] {
  return [
    `--etcd-servers=unix://${files.etcdSocket}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${settings.port}`,
    // A loopback address would leave the EndpointSlices of default/kubernetes empty.
    '--advertise-address=192.0.2.1',
    `--cert-dir=${files.directory}`,
    `--tls-cert-file=${files.servingCertificate}`,
    `--tls-private-key-file=${files.servingKey}`,
    `--client-ca-file=${files.ca}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    ...(settings.auditLog === undefined
      ? []
      : [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${settings.auditLog}`]),
    ...settings.extra,
  ];
}

export function controllerManagerFlags(files: Layout): string[] {
  return [
    `--kubeconfig=${files.managerKubeconfig}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--secure-port=0',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    // Tests delete and create in bursts; the defaults (20 and 30) make the garbage collector lag.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';

export interface TcpProxy {
  /** The number of connections so far. */
  connections(): number;
  /** Ends every connection without notice, like a crashed load balancer. */
  cut(): void;
  /** Keeps the connections and forwards nothing more, like a lost route; new ones work. */
  silence(): void;
  close(): Promise<void>;
}

/** A TCP proxy on loopback in front of the API server; `config` points at it. */
export async function proxyInFrontOf(config: PooledKubeConfig): Promise<TcpProxy> {
  const target = new URL(config.getCurrentCluster()!.server);
  const pairs = new Set<[Socket, Socket]>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = connect(Number(target.port), target.hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: url }));
  const cut = () => {
    for (const [near, far] of [...pairs]) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    connections: () => connections,
    cut,
    silence: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        far.pause();
        near.pause();
      }
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

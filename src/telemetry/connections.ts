import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** Requests that are being answered. */
  answering: number;
}

/** Of the address with the most connections the oldest, if possible one that waits for its client. */
const leastWanted = (open: Iterable<Connection>): Connection | undefined => {
  const byAddress = Map.groupBy(open, ({ address }) => address);
  const most = [...byAddress.values()].reduce<Connection[]>((a, b) => (b.length > a.length ? b : a), []);
  return most.find(({ answering }) => answering === 0) ?? most[0];
};

/**
 * Bounds the open connections of a server. A new one is always accepted, and closes another one: otherwise slow clients
 * would keep all others out, and a probe of the kubelet with them.
 */
export const boundConnections = (server: Server, most: number): void => {
  /** In order of age. */
  const open = new Map<Socket, Connection>();
  server.on('connection', (socket: Socket) => {
    open.set(socket, { socket, address: socket.remoteAddress ?? '', answering: 0 });
    socket.once('close', () => open.delete(socket));
    if (open.size <= most) return;
    const closed = leastWanted(open.values());
    if (closed === undefined) return;
    open.delete(closed.socket);
    closed.socket.destroy();
  });
  server.on('request', ({ socket }, response) => {
    const connection = open.get(socket);
    if (connection === undefined) return;
    connection.answering += 1;
    response.once('close', () => {
      connection.answering -= 1;
    });
  });
};

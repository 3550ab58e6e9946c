import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Identity } from '../../../hack/controlplane/certificates.ts';

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface HostileRegistry {
  /** host:port */
  readonly registry: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Bytes that its kernel took from it, over all connections. */
  sent(): number;
  close(): Promise<void>;
}

export type Misbehave = (asked: Asked, response: ServerResponse, request: IncomingMessage) => unknown;

/**
 * A server on loopback that answers as its test says: no registry, but what a registry might do to us.
 * @param identity with it, it speaks https
 */
export const hostileRegistry = async (answer: Misbehave, identity?: Identity): Promise<HostileRegistry> => {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let sent = 0;
  const listener: RequestListener = async (request, response) => {
    const one = { method: request.method!, path: request.url!, headers: request.headers };
    asked.push(one);
    await answer(one, response, request);
  };
  const tls = identity && { cert: identity.certificate, key: identity.key };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sent += socket.bytesWritten;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    registry: `127.0.0.1:${port}`,
    port,
    asked,
    sent: () => sent + [...sockets].reduce((bytes, socket) => bytes + socket.bytesWritten, 0),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

export const digestOf = (bytes: string | Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const OCI = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What a registry holds, by digest, and how it serves it when nothing is wrong. */
export class Contents {
  readonly blobs = new Map<string, Buffer>();

  add(mediaType: string, content: Buffer | object | string): Content {
    const bytes = Buffer.isBuffer(content)
      ? content
      : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  /** An image of one platform with the layers; `change` alters its manifest. */
  image(options: { platform?: string; layers?: readonly (Buffer | string)[]; change?: object } = {}): Content {
    const { platform = 'linux/amd64', layers = ['a layer'], change = {} } = options;
    const [os, architecture, variant] = platform.split('/');
    const rootfs = { type: 'layers', diff_ids: layers.map(digestOf) };
    const config = this.add(OCI.config, { os, architecture, variant, rootfs });
    return this.add(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config,
      layers: layers.map((layer) => this.add(OCI.layer, layer)),
      ...change,
    });
  }

  index(manifests: readonly object[]): Content {
    return this.add(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests });
  }

  serve: Misbehave = ({ method, path }, response) => {
    const bytes = this.blobs.get(path.slice(path.lastIndexOf('/') + 1));
    if (bytes === undefined) return refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    response.writeHead(200, { 'content-length': bytes.length, 'docker-content-digest': digestOf(bytes) });
    response.end(method === 'HEAD' ? undefined : bytes);
  };
}

export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  message = '',
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message, detail: null }] }));
};

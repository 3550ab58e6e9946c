import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../src/kube/clock.ts';
import type { ImageSource } from '../../../src/scan/image.ts';
import { type Pulled, RegistryClient, type RegistryClientOptions } from '../../../src/scan/registry/client.ts';
import type { ScanError } from '../../../src/scan/scan-error.ts';
import { type HostileRegistry, hostileRegistry, type Misbehave } from './hostile-registry.ts';
import { withScratch } from './scratch.ts';

export const REPOSITORY = 'team/app';

export interface Pulling {
  readonly server: HostileRegistry;
  readonly client: RegistryClient;
  readonly source: ImageSource;
  pull(options: PullOptions): Promise<Outcome>;
}

export interface PullOptions {
  readonly digest: string;
  readonly platform?: string;
  readonly imageBytes?: number;
  readonly signal?: AbortSignal;
  readonly source?: ImageSource;
}

export interface Outcome {
  readonly pulled?: Pulled;
  readonly error?: ScanError;
  /** `reason: message`, with host:port of the server as HOST; '' when it was pulled. */
  readonly failure: string;
  /** What the directory has: digests of blobs with their content. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly index?: unknown;
}

export const readBlobs = async (directory: string): Promise<Map<string, Buffer>> => {
  const blobs = join(directory, 'blobs', 'sha256');
  const names = await readdir(blobs).catch(() => [] as string[]);
  const read = await Promise.all(
    names.map(async (name) => [`sha256:${name}`, await readFile(join(blobs, name))] as const),
  );
  return new Map(read);
};

/** A client and one server that answers as the test says. */
export const pulling = async (
  answer: Misbehave,
  work: (pulling: Pulling) => Promise<void>,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> => {
  const server = await hostileRegistry(answer);
  const allowedRegistries = [server.registry, ...(options.allowedRegistries ?? [])];
  const client = new RegistryClient({ clock: systemClock, idleMs: 60_000, retryMs: 1, ...options, allowedRegistries });
  const source = { registry: server.registry, repository: REPOSITORY };
  const pull = ({ digest, platform = 'linux/amd64', imageBytes = 1e9, signal, source: other }: PullOptions) =>
    withScratch(async (directory) => {
      const request = { image: { digest, platform }, directory, limits: { imageBytes } };
      try {
        const pulled = await client.pull(other ?? source, request, signal ?? new AbortController().signal);
        const index: unknown = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'));
        return { pulled, failure: '', blobs: await readBlobs(directory), index };
      } catch (error) {
        assert.equal(await readdir(directory), [], 'nothing is left of a failed pull');
        return { error: error as ScanError, failure: failureOf(error, server), blobs: new Map<string, Buffer>() };
      }
    });
  try {
    await work({ server, client, source, pull });
  } finally {
    await client.close();
    await server.close();
  }
};

export const failureOf = (error: unknown, { registry }: Pick<HostileRegistry, 'registry'>): string => {
  const { reason, message } = error as ScanError;
  assert.not.match(message, /\n/);
  return `${reason}: ${message.replaceAll(registry, 'HOST')}`;
};

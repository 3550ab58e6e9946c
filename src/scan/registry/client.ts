import type { Clock } from '../../kube/clock.ts';
import type { ImageId, ImageSource } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import { type Asking, Authorization } from './authorization.ts';
import { digestOf, readBody, verified } from './content.ts';
import { download } from './download.ts';
import { registryTarget, type Target } from './egress-policy.ts';
import { readErrorResponse } from './error-response.ts';
import { forEach } from './for-each.ts';
import { unpackedDigests } from './image-config.ts';
import { checkSize, distinct, type PullLimits, sum } from './layers.ts';
import { Layout } from './layout.ts';
import { ACCEPTED_MANIFESTS, type Descriptor, isDigest } from './manifest.ts';
import { networkError } from './network-error.ts';
import { parsePlatform } from './platform.ts';
import { type PlatformImage, selectPlatform } from './select-platform.ts';
import { type HttpAnswer, Transport, type TransportOptions } from './transport.ts';

export interface RegistryClientOptions extends TransportOptions {
  readonly clock: Clock;
  /** Before a blob whose connection broke is requested again, milliseconds; doubled each time. Default 500. */
  readonly retryMs?: number;
}

export interface PullRequest {
  readonly image: ImageId;
  /** Where the OCI image layout is written; made when it is not there. */
  readonly directory: string;
  readonly limits: PullLimits;
}

/** A pulled image. */
export interface Pulled {
  /** Digest of the manifest for the platform, which is not the image's own digest when that is an index. */
  readonly manifest: string;
  /** Of manifest, configuration and layers together. */
  readonly bytes: number;
}

interface Layers {
  /** Each once. */
  readonly layers: readonly Descriptor[];
  /** The digests of their unpacked content, by their own. */
  readonly unpacked: ReadonlyMap<string, string>;
}

/** The paths of the Distribution Specification for content of a repository. */
type Kind = 'manifests' | 'blobs';

const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;
const MOST_CONFIG_BYTES = 8 * 1024 * 1024;
const LAYERS_AT_ONCE = 3;
const RETRY_MS = 500;
const OTHER_DIGEST = /^(sha384|sha512):[a-f0-9]+$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** The error for a signal that ended: its own reason, but Timeout for AbortSignal.timeout. */
const ended = (signal: AbortSignal, what: string): unknown => {
  const { reason } = signal;
  if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError') return reason;
  return new ScanError(
    'Timeout',
    `${what}: the pull took longer than the limit of one scan: raise --scan-timeout, or make the image smaller`,
  );
};

/**
 * Reads images from OCI registries (Distribution Specification 1.1) and does not trust them: addresses, content and
 * sizes are checked. Every method throws ScanError, or its signal's reason when that ends
 * it; a TimeoutError as reason becomes ScanError Timeout.
 */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transport: Transport;
  readonly #authorization: Authorization;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.#authorization = new Authorization(this.#transport, options.clock);
  }

  /**
   * Resolves a tag to its current digest. It reads the manifest itself, not a header about it: the results of a digest
   * go only to an ImageScan whose credentials can read the image.
   * @param reference a tag, or a digest that is to be there
   * @returns the digest of the manifest, or of the index, as nodes report it
   */
  async resolve(source: ImageSource, reference: string, signal: AbortSignal): Promise<string> {
    return this.#within(source, reference, signal, async (asking) => {
      const digest = digestOf(await this.#readManifest(asking, reference));
      if (isDigest(reference) && digest !== reference) throw this.#otherDigest(asking, digest);
      return digest;
    });
  }

  /** The digests of a reference and of its configuration for the platform. @param reference a tag or a digest */
  async inspect(
    source: ImageSource,
    reference: string,
    platform: string,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string; readonly config: string }> {
    return this.#within(source, reference, signal, async (asking) => {
      const { root, image } = await this.#find(asking, reference, platform);
      return { digest: root, config: image.manifest.config.digest };
    });
  }

  /** Writes an OCI image layout with the one image for the platform; leaves nothing in the directory when it fails. */
  async pull(source: ImageSource, request: PullRequest, signal: AbortSignal): Promise<Pulled> {
    const { image, directory, limits } = request;
    return this.#within(source, image.digest, signal, async (asking) => {
      const { image: found } = await this.#find(asking, image.digest, image.platform);
      const layers = distinct(found.manifest.layers, asking.what);
      const unpacked = unpackedDigests(found.manifest, found.config, asking.what);
      checkSize(layers, limits, asking.what);
      const layout = new Layout(directory);
      await layout.begin();
      try {
        await this.#fill(layout, found, { layers, unpacked }, asking);
      } catch (error) {
        // The first failure counts.
        await layout.remove().catch(() => undefined);
        throw error;
      }
      return { manifest: found.descriptor.digest, bytes: sum([found.descriptor, found.manifest.config, ...layers]) };
    });
  }

  /** Reads content that is no image. @param work gets the manifest, and a function that reads a blob within a limit */
  async read<Result>(
    source: ImageSource,
    reference: string,
    signal: AbortSignal,
    work: (manifest: Buffer, blob: (one: Descriptor, maxBytes: number) => Promise<Buffer>) => Promise<Result>,
  ): Promise<Result> {
    return this.#within(source, reference, signal, async (asking) => {
      const manifest = await this.#readManifest(asking, reference);
      const digest = digestOf(manifest);
      if (isDigest(reference) && digest !== reference) throw this.#otherDigest(asking, digest);
      return work(manifest, (one, maxBytes) => this.#readSmall(asking, 'blobs', one, maxBytes));
    });
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  /** @param reference a tag or a digest @returns the digest of the manifest or index there, and the image for the platform */
  async #find(
    asking: Asking,
    reference: string,
    platform: string,
  ): Promise<{ readonly root: string; readonly image: PlatformImage }> {
    const { what, signal } = asking;
    const bytes = await this.#readManifest(asking, reference);
    const root = digestOf(bytes);
    if (isDigest(reference) && root !== reference) throw this.#otherDigest(asking, root);
    const contents = {
      manifest: (one: Descriptor) => this.#readSmall(asking, 'manifests', one, MOST_MANIFEST_BYTES),
      config: (one: Descriptor) => this.#readSmall(asking, 'blobs', one, MOST_CONFIG_BYTES),
    };
    signal.throwIfAborted();
    return { root, image: await selectPlatform(bytes, root, parsePlatform(platform), contents, what) };
  }

  async #fill(layout: Layout, image: PlatformImage, { layers, unpacked }: Layers, asking: Asking): Promise<void> {
    const { manifest, descriptor, bytes, config } = image;
    await layout.writeBlob(descriptor, [bytes], asking.signal);
    // A layer may claim to be the configuration too; then its content is not what the configuration names.
    if (!layers.some((layer) => layer.digest === manifest.config.digest)) {
      await layout.writeBlob(manifest.config, [config], asking.signal);
    }
    await forEach(layers, LAYERS_AT_ONCE, asking.signal, async (layer, signal) => {
      await layout.writeBlob(layer, this.#content({ ...asking, signal }, 'blobs', layer), signal);
      await layout.checkUnpacked(layer, unpacked.get(layer.digest)!, asking.what, signal);
    });
    await layout.finish(descriptor);
  }

  async #readManifest(asking: Asking, reference: string): Promise<Buffer> {
    const answer = await this.#expect(asking, `manifests/${reference}`);
    return readBody(answer, MOST_MANIFEST_BYTES, `the manifest of ${asking.what}`, asking.signal);
  }

  async #readSmall(asking: Asking, kind: Kind, descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
    if (descriptor.size > maxBytes) {
      throw new ScanError(
        'TooLarge',
        `${descriptor.digest} of ${asking.what} has ${descriptor.size} bytes, more than the limit of ${maxBytes}: build the image again`,
      );
    }
    const read: Buffer[] = [];
    for await (const part of this.#content(asking, kind, descriptor)) read.push(part);
    return Buffer.concat(read);
  }

  /** The content of a descriptor, checked. @throws ScanError */
  async *#content(asking: Asking, kind: Kind, descriptor: Descriptor): AsyncGenerator<Buffer, void, undefined> {
    const what = `${descriptor.digest} of ${asking.what}`;
    const about = { ...asking, what };
    const content = download(descriptor, {
      ask: (headers) => this.#ask(about, `${kind}/${descriptor.digest}`, headers),
      errorOf: (answer) => this.#errorOf(answer, about),
      clock: this.#options.clock,
      retryMs: this.#options.retryMs ?? RETRY_MS,
      what,
      signal: asking.signal,
    });
    yield* verified(content, descriptor, what);
  }

  /** @returns an answer 200 @throws ScanError for any other */
  async #expect(asking: Asking, path: string): Promise<HttpAnswer> {
    const answer = await this.#ask(asking, path);
    if (answer.status !== 200) throw await this.#errorOf(answer, asking);
    return answer;
  }

  /** Sends the known authorization, and once more the one that the registry then asks for. */
  async #ask(asking: Asking, path: string, more: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    const { source, target, what, signal } = asking;
    const url = new URL(`v2/${source.repository}/${path}`, target.url);
    const headers = { accept: path.startsWith('manifests/') ? ACCEPTED_MANIFESTS : '*/*', ...more };
    const send = (authorization: string | undefined) =>
      this.#transport.send(target, { ...target, url }, { headers, authorization, what, signal });
    const first = await send(this.#authorization.known(source));
    const challenge = first.header('www-authenticate');
    // Only the registry itself may ask for its credentials, not a host that it redirects to.
    if (first.status !== 401 || challenge === undefined || first.url.origin !== target.url.origin) return first;
    const error = await this.#errorOf(first, asking);
    this.#authorization.forget(source);
    const authorization = await this.#authorization.answer(challenge, asking);
    if (authorization === undefined) throw error;
    const second = await send(authorization);
    if (second.status !== 401) return second;
    const secondError = await this.#errorOf(second, asking);
    this.#authorization.forget(source);
    throw secondError;
  }

  #errorOf(answer: HttpAnswer, asking: Asking): Promise<ScanError> {
    const secrets = this.#authorization.secrets(asking.source);
    return readErrorResponse(answer, { ...asking, secrets }, this.#options.clock.now(), asking.signal);
  }

  #otherDigest({ what }: Asking, found: string): ScanError {
    return new ScanError(
      'DamagedImage',
      `${what}: the registry has other content there, of digest ${found}: push the image again`,
    );
  }

  /** @throws ScanError NotAllowed, which names the image */
  #target(registry: string, what: string): Target {
    try {
      return registryTarget(registry, this.#options.allowedRegistries);
    } catch (error) {
      throw networkError(error, what, registry);
    }
  }

  async #within<Result>(
    source: ImageSource,
    reference: string,
    signal: AbortSignal,
    work: (asking: Asking) => Promise<Result>,
  ): Promise<Result> {
    const { registry, repository, credentials } = source;
    const what = `${registry}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
    try {
      signal.throwIfAborted();
      const [, algorithm] = OTHER_DIGEST.exec(reference) ?? [];
      if (algorithm !== undefined) {
        throw new ScanError(
          'DamagedImage',
          `${what} is named by a digest of ${algorithm}, which the scanner cannot read: push the image with digests of sha256, and name it by its tag or that digest`,
        );
      }
      if (!REPOSITORY.test(repository) || !(TAG.test(reference) || isDigest(reference))) {
        throw new ScanError(
          'NotFound',
          `${JSON.stringify(what)} is not an image reference: write registry/repository:tag or @sha256:digest`,
        );
      }
      const target = this.#target(registry, what);
      return await work({ source, target, what, registry, authenticated: credentials !== undefined, signal });
    } catch (error) {
      throw signal.aborted ? ended(signal, what) : error;
    }
  }
}

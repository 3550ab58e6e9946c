import { fetch, type Response } from 'undici';
import type { Blob, Content } from './content.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** Where to push to. */
export interface Target {
  /** Such as http://127.0.0.1:5000. */
  readonly url: string;
  readonly account?: Account;
}

interface Body {
  readonly data: Buffer;
  readonly type: string;
}

/**
 * Pushes an image, an index or an artifact with everything in it.
 * @param repository such as team/app
 * @param tag none: it can only be pulled by its digest
 * @returns the digest
 */
export async function push(target: Target, repository: string, what: Content, tag?: string): Promise<string> {
  for (const child of what.children) await push(target, repository, child);
  for (const blob of what.blobs) await pushBlob(target, repository, blob);
  const { data, descriptor } = what.manifest;
  const path = `/v2/${repository}/manifests/${tag ?? what.digest}`;
  await send(target, 'PUT', path, { data, type: descriptor.mediaType });
  return what.digest;
}

async function pushBlob(target: Target, repository: string, { data, descriptor }: Blob): Promise<void> {
  const known = await request(target, 'HEAD', `/v2/${repository}/blobs/${descriptor.digest}`);
  if (known.ok) return;
  const started = await send(target, 'POST', `/v2/${repository}/blobs/uploads/`);
  const upload = new URL(started.headers.get('location') ?? '', target.url);
  upload.searchParams.set('digest', descriptor.digest);
  await send(target, 'PUT', upload.href, { data, type: 'application/octet-stream' });
}

async function send(target: Target, method: string, path: string, body?: Body): Promise<Response> {
  const response = await request(target, method, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${response.url}: HTTP status ${response.status} ${text.trim()}`);
  return response;
}

function request({ url, account }: Target, method: string, path: string, body?: Body): Promise<Response> {
  const headers = {
    ...(account && { authorization: authorization(account) }),
    ...(body && { 'content-type': body.type }),
  };
  return fetch(new URL(path, url), { method, headers, ...(body && { body: body.data }) });
}

function authorization({ username, password }: Account): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

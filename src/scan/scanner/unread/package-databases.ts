import { Readable } from 'node:stream';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import type { Unread } from '../../findings/coverage/analysis.ts';
import { blobFile, readLayout } from '../../registry/layout.ts';
import { unpackedLayer } from '../../registry/unpacked.ts';

/** Where package managers keep what is installed. Those of Trivy count when it could read nothing there. */
const DATABASES: readonly (readonly [manager: string, path: RegExp])[] = [
  ['apk', /^lib\/apk\/db\/installed$|^usr\/lib\/apk\/db\/installed$/],
  ['dpkg', /^var\/lib\/dpkg\/status$|^var\/lib\/dpkg\/status\.d\/[^/]+$/],
  ['rpm', /^(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(?:Packages|Packages\.db|rpmdb\.sqlite)$/],
  ['eopkg', /^var\/lib\/eopkg\/package\/[^/]+\/metadata\.xml$/],
  ['guix', /^gnu\/store\/[^/]+$/],
  ['nix', /^nix\/store\/[^/]+$/],
  ['opkg', /^(?:usr\/lib|var\/lib)\/opkg\/(?:info\/[^/]+\.control|status)$/],
  ['pacman', /^var\/lib\/pacman\/local\/[^/]+\/desc$/],
  ['portage', /^var\/db\/pkg\/[^/]+\/[^/]+\/PF$/],
  ['slackpkg', /^var\/(?:lib\/pkgtools|log)\/packages\/[^/]+$/],
  ['swupd', /^usr\/share\/clear\/bundles\/[^/]+$/],
  ['xbps', /^var\/db\/xbps\/pkgdb-[\d.]+\.plist$/],
];
/** Their files are not one for each package. */
const IN_ONE_FILE = new Set(['apk', 'dpkg', 'rpm', 'xbps']);
const OS_RELEASES = ['etc/os-release', 'usr/lib/os-release'];
const MOST_RELEASE_BYTES = 65_536;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

interface Found {
  /** Of os-release files, and empty of others. */
  readonly text: string;
  readonly manager?: string;
}

/**
 * The distribution and the package databases of an image in which Trivy has found no package of a distribution, so that it
 * is not taken for one that has none.
 * @param directory an OCI layout with one image, which Trivy has read
 * @throws the signal's reason
 */
export async function findPackageDatabases(
  directory: string,
  signal: AbortSignal,
): Promise<Pick<Unread, 'distribution' | 'databases'>> {
  const found = new Map<string, Found>();
  try {
    for (const { digest } of (await readLayout(directory)).manifest.layers) {
      await readLayer(blobFile(directory, digest), found, signal);
    }
  } catch {
    signal.throwIfAborted();
    // Trivy could read it, and we cannot: something may be there.
    return { databases: [{ manager: 'unknown', path: 'a layer that cannot be listed' }] };
  }
  return describe(found);
}

/** What a layer adds and removes, in the order of the archive. */
async function readLayer(file: string, found: Map<string, Found>, signal: AbortSignal): Promise<void> {
  const removed: string[] = [];
  const added = new Map<string, Found>();
  const entries = Readable.toWeb(Readable.from(unpackedLayer(file))).pipeThrough(
    createTarDecoder({ strict: true }) as never,
    {
      signal,
    },
  );
  for await (const { header, body } of entries as unknown as AsyncIterable<ParsedTarEntry>) {
    const path = header.name.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '');
    const gone = removedBy(path);
    if (gone !== undefined) removed.push(gone);
    const manager = DATABASES.find(([, pattern]) => pattern.test(path))?.[0];
    if (manager !== undefined) added.set(path, { text: '', manager });
    if (OS_RELEASES.includes(path) && header.size <= MOST_RELEASE_BYTES) added.set(path, { text: await textOf(body) });
    else await body.cancel();
  }
  for (const path of found.keys()) {
    if (removed.some((gone) => path === gone || path.startsWith(gone === '' ? '' : `${gone}/`))) found.delete(path);
  }
  for (const [path, one] of added) found.set(path, one);
}

/** What a whiteout removes from the layers below; '' is everything. */
const removedBy = (path: string): string | undefined => {
  const slash = path.lastIndexOf('/');
  const [folder, base] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (base === OPAQUE) return folder;
  if (!base.startsWith(WHITEOUT)) return undefined;
  return [folder, base.slice(WHITEOUT.length)].filter(Boolean).join('/');
};

const textOf = async (body: ParsedTarEntry['body']): Promise<string> => {
  const parts: Uint8Array[] = [];
  for await (const part of body as unknown as AsyncIterable<Uint8Array>) parts.push(part);
  return Buffer.concat(parts).toString();
};

/** os-release(5): values may be quoted. */
const fieldOf = (text: string, key: string): string | undefined =>
  new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1]?.trim();

const describe = (found: ReadonlyMap<string, Found>): Pick<Unread, 'distribution' | 'databases'> => {
  const release = OS_RELEASES.map((path) => found.get(path)?.text).find((text) => text !== undefined && text !== '');
  const id = release && fieldOf(release, 'ID');
  const version = release && fieldOf(release, 'VERSION_ID');
  const byManager = Map.groupBy(
    [...found].flatMap(([path, { manager }]) => (manager === undefined ? [] : [{ path, manager }])),
    ({ manager }) => manager,
  );
  const databases = Array.from(byManager, ([manager, files]) => ({
    manager,
    path: files[0]!.path,
    ...(!IN_ONE_FILE.has(manager) && { packages: files.length }),
  }));
  return {
    ...(id && { distribution: { id, ...(version && { version }) } }),
    ...(databases.length > 0 && { databases }),
  };
};

import { createHash } from 'node:crypto';
import type { DatabaseVersion } from '../database-version.ts';
import type { ScannerVersion } from '../findings/match.ts';
import type { ImageId } from '../image.ts';

/** One file of the report store: an image's analysis, an image's last report, or the record of one ImageScan. */
export type EntryKey = ImageEntryKey | ScanEntryKey;
export type EntryKind = EntryKey['kind'];
export const ENTRY_KINDS: readonly EntryKind[] = ['analysis', 'report', 'scan'];

interface ImageEntryKey {
  readonly kind: 'analysis' | 'report';
  readonly image: ImageId;
}

interface ScanEntryKey {
  readonly kind: 'scan';
  readonly namespace: string;
  readonly name: string;
}

/** When an image was last scanned and by what: enough to decide whether it is due. Times are RFC 3339. */
export interface ReportSummary {
  readonly scannedAt: string;
  readonly databaseUpdatedAt: string;
  /** Absent: not known. */
  readonly databaseDigest?: string;
  readonly scanner: ScannerVersion;
}

/** The description of a file in its header. */
export type About =
  | (ImageEntryKey & { readonly kind: 'analysis' })
  | (ImageEntryKey & { readonly kind: 'report'; readonly summary: ReportSummary })
  | (ScanEntryKey & { readonly uid: string });

/** The database that a scan used. */
export const databaseOf = ({
  databaseUpdatedAt: updatedAt,
  databaseDigest: digest,
}: ReportSummary): DatabaseVersion => ({
  updatedAt,
  ...(digest !== undefined && { digest }),
});

const HASH_LENGTH = 32;
const READABLE_LENGTH = 96;
const SUFFIX = '.palisade';
/** Earlier versions kept an SBOM of each image. */
const FILE_NAME = /^(?:analysis|report|scan|sbom)-(?:[a-z0-9-]+-)?[0-9a-f]{32}\.palisade$/;

const identity = (key: EntryKey): string[] =>
  key.kind === 'scan' ? [key.kind, key.namespace, key.name] : [key.kind, key.image.digest, key.image.platform];

/**
 * The name of an entry's file, as in `report-sha256-9f86…-linux-amd64-<hash>.palisade`: at most 138 characters of
 * `a-z 0-9 - .`, so it cannot leave its directory whatever the key holds. The hash covers the whole key, so two keys that
 * differ only in case, or behind the cut, have names that differ on every file system.
 */
export function fileName(key: EntryKey): string {
  const parts = identity(key);
  const readable = parts
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, READABLE_LENGTH)
    .replace(/-$/, '');
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH);
  return `${readable}-${hash}${SUFFIX}`;
}

/** Whether a file of this name is the store's own; all other files in the directory are left alone. */
export const isFileName = (name: string): boolean => FILE_NAME.test(name);

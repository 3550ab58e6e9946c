import { lutimes, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../kube/clock.ts';
import { KeyedMutex } from '../../kube/keyed-mutex.ts';
import { type ImageId, imageKey } from '../image.ts';
import { writeAtomically } from './atomic-file.ts';
import { type Collection, collectable, type Limits } from './collection.ts';
import { type About, type EntryKey, type EntryKind, fileName, type ReportSummary } from './entry.ts';
import { type EntryFile, readAbout, readContent } from './entry-file.ts';
import { DamagedFile, encode, OlderFormat } from './frame.ts';
import { listOwnFiles } from './own-files.ts';
import type { ImageReport } from './report.ts';
import { type ReportSource, reportSource } from './report-reader.ts';
import type { RecordedScan, ScanRecord } from './scan-record.ts';
import { storeError } from './store-error.ts';

export interface StoreOptions extends Limits {
  readonly clock: Clock;
  readonly log: Logger;
}

/** The last use is recorded as the file's time at most this often, so that most reads write nothing. */
const TOUCH_MS = 3_600_000;
/** Files whose headers are read at the same time when a store is opened. */
const LANES = 16;

interface Entry {
  readonly about: About;
  readonly bytes: number;
  usedAt: number;
  /** The file's time. */
  touchedAt: number;
}

/**
 * Analyses, reports and the records of ImageScans in one directory, a compressed and checksummed file each (frame.ts). In
 * memory there is only what each file says about itself.
 *
 * No lock: every write is atomic and every read checks every byte, so of two operators on one directory (a rolling update
 * has two for a while) the last writer wins and neither sees anything that was not written. What another process writes
 * is found when it is read, and counts from then on.
 *
 * Methods that touch files throw StoreError; a write that failed leaves what was there.
 */
export class ReportStore implements ReportSource {
  readonly readAnalysis: ReportSource['readAnalysis'];
  readonly readReportContent: ReportSource['readReportContent'];
  readonly readReport: ReportSource['readReport'];
  readonly readScan: ReportSource['readScan'];
  readonly #directory: string;
  readonly #options: StoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #turns = new KeyedMutex();
  #inUse: ReadonlySet<string> | undefined;
  #damaged = 0;
  #overBytes = 0;

  private constructor(directory: string, options: StoreOptions) {
    this.#directory = directory;
    this.#options = options;
    ({
      readAnalysis: this.readAnalysis,
      readReportContent: this.readReportContent,
      readReport: this.readReport,
      readScan: this.readScan,
    } = reportSource((key) => this.#read(key)));
  }

  /**
   * Creates the directory, mode 0700, if it is missing, removes leftovers of killed writers, damaged files and files of an
   * older format, and learns the others. Files that are not the store's are left alone.
   * @throws StoreError when the directory cannot be written, or holds a file of a later version of Palisade
   */
  static async open(directory: string, options: StoreOptions): Promise<ReportStore> {
    const store = new ReportStore(directory, options);
    const names = (await listOwnFiles(directory))[Symbol.iterator]();
    const lane = async () => {
      for (const name of names) await store.#load(name);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return store;
  }

  /** @param bytes JSON */
  writeAnalysis(image: ImageId, bytes: Buffer): Promise<void> {
    return this.#write({ kind: 'analysis', image }, bytes);
  }

  writeReport(report: ImageReport): Promise<void> {
    return this.writeReportContent(report, Buffer.from(JSON.stringify(report)));
  }

  /** @param content the JSON of the report */
  writeReportContent(
    { image, scannedAt, scanner, database }: Pick<ImageReport, 'image' | 'scannedAt' | 'scanner' | 'database'>,
    content: Buffer,
  ): Promise<void> {
    const { updatedAt: databaseUpdatedAt, digest: databaseDigest } = database;
    const summary = { scannedAt, databaseUpdatedAt, ...(databaseDigest !== undefined && { databaseDigest }), scanner };
    return this.#write({ kind: 'report', image, summary }, content);
  }

  writeScan(record: ScanRecord): Promise<void> {
    const { namespace, name, uid } = record;
    return this.#write({ kind: 'scan', namespace, name, uid }, Buffer.from(JSON.stringify(record)));
  }

  /** Records stay until this is called: they are never collected. */
  async removeScan(namespace: string, name: string): Promise<void> {
    const file = fileName({ kind: 'scan', namespace, name });
    await this.#turns.run(file, () => this.#remove(file));
  }

  listScans(): RecordedScan[] {
    return [...this.#entries.values()].flatMap(({ about }) =>
      about.kind === 'scan' ? [{ namespace: about.namespace, name: about.name, uid: about.uid }] : [],
    );
  }

  hasAnalysis(image: ImageId): boolean {
    return this.#entries.has(fileName({ kind: 'analysis', image }));
  }

  /** The summary of the image's report; undefined without a report. */
  summary(image: ImageId): ReportSummary | undefined {
    const about = this.#entries.get(fileName({ kind: 'report', image }))?.about;
    return about?.kind === 'report' ? about.summary : undefined;
  }

  /** From now on these images, and no others, are in use: `collect` leaves them alone. */
  async use(images: Iterable<ImageId>): Promise<void> {
    this.#inUse = new Set(Array.from(images, imageKey));
    await this.#markInUse();
  }

  /**
   * Removes what was not used for `unusedMs`, then the longest unused beyond `maxBytes`. Does nothing before `use` was
   * called once: until then it is unknown what is in use.
   */
  async collect(): Promise<Collection> {
    if (this.#inUse === undefined) return { files: 0, bytes: 0, overBytes: 0 };
    await this.#markInUse();
    const candidates = Array.from(this.#entries, ([name, { about, bytes, usedAt }]) => {
      return { name, bytes, usedAt, inUse: this.#isInUse(about) };
    });
    let [files, bytes] = [0, 0];
    for (const candidate of collectable(candidates, this.#options, this.#options.clock.now())) {
      if (!(await this.#collectOne(candidate.name))) continue;
      files += 1;
      bytes += candidate.bytes;
    }
    return { files, bytes, overBytes: this.#checkSize() };
  }

  /** Size of the files, all or of one kind. */
  bytes(kind?: EntryKind): number {
    return this.#of(kind).reduce((sum, entry) => sum + entry.bytes, 0);
  }

  /** Number of files, all or of one kind. */
  count(kind?: EntryKind): number {
    return this.#of(kind).length;
  }

  /** Files found damaged since the store was opened. */
  damaged(): number {
    return this.#damaged;
  }

  /** As the last collection found it. */
  overBytes(): number {
    return this.#overBytes;
  }

  #of(kind: EntryKind | undefined): Entry[] {
    const entries = [...this.#entries.values()];
    return kind === undefined ? entries : entries.filter(({ about }) => about.kind === kind);
  }

  async #load(name: string): Promise<void> {
    const file = await this.#orDiscard(name, () => readAbout(this.#directory, name));
    if (file !== undefined) this.#learn(name, file);
  }

  #read(key: EntryKey): Promise<Buffer | undefined> {
    const name = fileName(key);
    return this.#turns.run(name, async () => {
      const file = await this.#orDiscard(name, () => readContent(this.#directory, name));
      if (file === undefined) {
        this.#entries.delete(name);
        return undefined;
      }
      const entry = this.#learn(name, file);
      if (this.#mark(entry)) await this.#touch(name, entry);
      return file.content;
    });
  }

  #write(about: About, content: Buffer): Promise<void> {
    const name = fileName(about);
    return this.#turns.run(name, async () => {
      const bytes = await encode(about, content);
      const now = this.#options.clock.now();
      await writeAtomically(this.#directory, name, bytes, now);
      this.#entries.set(name, { about, bytes: bytes.length, usedAt: now, touchedAt: now });
    });
  }

  /** Learns a file from the disk, also one of another process. A time in the future counts as now. */
  #learn(name: string, { about, bytes, modifiedAt }: EntryFile): Entry {
    const touchedAt = Math.min(modifiedAt, this.#options.clock.now());
    const usedAt = Math.max(touchedAt, this.#entries.get(name)?.usedAt ?? touchedAt);
    const entry = { about, bytes, usedAt, touchedAt };
    this.#entries.set(name, entry);
    return entry;
  }

  /** Removes a damaged file or one of an older format, so that it is created again. */
  async #orDiscard<T>(name: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw error;
      const isOlder = error instanceof OlderFormat;
      if (!isOlder) this.#damaged += 1;
      const what = isOlder ? 'a file of an older format' : 'a damaged file';
      this.#options.log.warn({ file: name, reason: error.message }, `removed ${what} of the report store`);
      await this.#remove(name);
      return undefined;
    }
  }

  async #remove(name: string): Promise<void> {
    const path = join(this.#directory, name);
    try {
      await unlink(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw storeError(path, 'removed', cause);
    }
    this.#entries.delete(name);
  }

  #isInUse(about: About): boolean {
    return about.kind === 'scan' || this.#inUse?.has(imageKey(about.image)) === true;
  }

  async #markInUse(): Promise<void> {
    for (const [name, entry] of [...this.#entries]) {
      if (this.#isInUse(entry.about) && this.#mark(entry)) await this.#touch(name, entry);
    }
  }

  /** @returns whether the file's time must be set too */
  #mark(entry: Entry): boolean {
    const now = this.#options.clock.now();
    entry.usedAt = now;
    if (now - entry.touchedAt < TOUCH_MS) return false;
    entry.touchedAt = now;
    return true;
  }

  /** A time that cannot be set makes a file look older after a restart, no more. */
  async #touch(name: string, { touchedAt }: Entry): Promise<void> {
    await lutimes(join(this.#directory, name), touchedAt / 1000, touchedAt / 1000).catch(() => {});
  }

  /** @returns false when it came into use in the meantime, or is gone already */
  #collectOne(name: string): Promise<boolean> {
    return this.#turns.run(name, async () => {
      const entry = this.#entries.get(name);
      if (entry === undefined || this.#isInUse(entry.about)) return false;
      await this.#remove(name);
      return true;
    });
  }

  /** Logs when the limit is exceeded, once until the size is within it again. */
  #checkSize(): number {
    const { maxBytes, log } = this.#options;
    const before = this.#overBytes;
    this.#overBytes = Math.max(0, this.bytes() - maxBytes);
    if (before === 0 && this.#overBytes > 0) {
      const bytes = this.bytes();
      log.warn(
        { directory: this.#directory, bytes, maxBytes },
        'the report store exceeds its size limit and all of it is in use: raise --report-dir-size, or scan fewer images',
      );
    }
    return this.#overBytes;
  }
}

import { type FileHandle, open } from 'node:fs/promises';

// The file format of bbolt: page.go, node.go and bucket.go of go.etcd.io/bbolt, internal/common.
const MAGIC = 0xed_0c_da_ed;
const VERSION = 2;
const HEADER = 16;
const BRANCH = 0x01;
const LEAF = 0x02;
const IS_BUCKET = 0x01;
/** Of a leaf's and of a branch's element alike. */
const ELEMENT = 16;
const MOST_PAGE_BYTES = 64 * 2 ** 20;
const MOST_BUCKETS = 100_000;
/** Deeper than any tree of as many buckets. */
const MOST_DEPTH = 16;

interface Meta {
  readonly pageSize: number;
  readonly root: number;
  readonly transaction: bigint;
}

/**
 * The names of the buckets at the root of a bbolt file, as Trivy's database is one: a bucket holds the advisories of one
 * distribution or ecosystem, and Trivy finds nothing, without a word, for a distribution that has none.
 * @throws Error when it is not such a file
 */
export async function readBucketNames(file: string): Promise<string[]> {
  await using handle = await open(file, 'r');
  const { pageSize, root } = await newestMeta(handle);
  const names: string[] = [];
  await collect(handle, pageSize, root, names, MOST_DEPTH);
  return names;
}

/** Two pages take turns; the one of the last transaction counts. */
async function newestMeta(handle: FileHandle): Promise<Meta> {
  const first = metaOf(await read(handle, 0, HEADER + 64));
  // A damaged first page does not tell the size of pages: that of most systems.
  const second = metaOf(await read(handle, first?.pageSize ?? 4096, HEADER + 64));
  const [newest] = [first, second]
    .filter((meta) => meta !== undefined)
    .sort((a, b) => (a.transaction < b.transaction ? 1 : -1));
  if (newest === undefined) throw new Error('it is not a bbolt database');
  return newest;
}

const metaOf = (page: Buffer): Meta | undefined => {
  if (page.length < HEADER + 64) return undefined;
  const meta = page.subarray(HEADER);
  if (meta.readUInt32LE(0) !== MAGIC || meta.readUInt32LE(4) !== VERSION) return undefined;
  return {
    pageSize: meta.readUInt32LE(8),
    root: Number(meta.readBigUInt64LE(16)),
    transaction: meta.readBigUInt64LE(48),
  };
};

async function collect(
  handle: FileHandle,
  pageSize: number,
  id: number,
  names: string[],
  depth: number,
): Promise<void> {
  const page = await readPage(handle, pageSize, id);
  const flags = page.readUInt16LE(8);
  const count = page.readUInt16LE(10);
  if (depth === 0 || names.length + count > MOST_BUCKETS) throw new Error('its root has too many buckets');
  for (let i = 0; i < count; i += 1) {
    const at = HEADER + i * ELEMENT;
    if (flags & BRANCH) await collect(handle, pageSize, Number(page.readBigUInt64LE(at + 8)), names, depth - 1);
    else if (flags & LEAF && page.readUInt32LE(at) & IS_BUCKET) {
      const key = at + page.readUInt32LE(at + 4);
      names.push(page.toString('utf8', key, key + page.readUInt32LE(at + 8)));
    }
  }
}

/** With the pages that it continues on. */
async function readPage(handle: FileHandle, pageSize: number, id: number): Promise<Buffer> {
  const head = await read(handle, id * pageSize, HEADER);
  const bytes = head.length < HEADER ? 0 : (head.readUInt32LE(12) + 1) * pageSize;
  if (bytes === 0 || bytes > MOST_PAGE_BYTES) throw new Error(`its page ${id} is damaged`);
  return read(handle, id * pageSize, bytes);
}

async function read(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, position);
  return buffer.subarray(0, bytesRead);
}

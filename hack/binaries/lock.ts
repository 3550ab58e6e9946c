import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const busy = 5;
const pollMs = 200;

/**
 * Runs `work` while no other process holds the lock of this file; calls `onWait` once when it has to wait. The kernel
 * releases the lock with its owner, so a dead owner never blocks another process.
 */
export async function withLock<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const database = open(file);
  try {
    for (let waits = 0; !tryLock(database, file); waits++) {
      if (waits === 0) onWait();
      await delay(pollMs);
    }
    return await work();
  } finally {
    database.close();
  }
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (cause) {
    throw lockError(file, cause);
  }
}

function tryLock(database: DatabaseSync, file: string): boolean {
  try {
    // SQLite's exclusive transaction is the one kernel file lock that Node has on every platform.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return true;
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode === busy) return false;
    throw lockError(file, cause);
  }
}

function lockError(file: string, cause: unknown): Error {
  const why = (cause as Error).message;
  return new Error(`${file} cannot be locked (${why}): set XDG_CACHE_HOME to a writable local directory`, { cause });
}

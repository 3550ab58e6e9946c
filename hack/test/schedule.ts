import type { TestFile } from './files.ts';
import type { Measurements } from './measurements.ts';

/** How much of one core a file keeps busy: 1 computes all the time, 0.1 waits nearly all the time. */
export type Weight = number;

/** What the shared API server computes for a file comes on top of the file's own processes. */
const SHARED_CLUSTER: Weight = 0.15;
const LEAST: Weight = 0.1;
/** Files of a cluster wait for it most of the time. */
const UNKNOWN = { cluster: 0.5, none: 1 } as const;

/** As the file's header says, or as it was measured. */
export function weightOf(file: TestFile, measurements: Measurements): Weight {
  if (file.weight !== undefined) return file.weight;
  const { ms = 0, cpuMs } = measurements[file.path] ?? {};
  const usesCluster = file.needs.includes('cluster');
  if (cpuMs === undefined || ms === 0) return usesCluster ? UNKNOWN.cluster : UNKNOWN.none;
  return Math.max(LEAST, cpuMs / ms + (usesCluster ? SHARED_CLUSTER : 0));
}

interface Waiting {
  readonly file: TestFile;
  readonly weight: Weight;
}

/** Chooses the files that run side by side: the slowest files first, and as many at a time as the cores can bear. */
export class Schedule {
  readonly #waiting: Waiting[];
  readonly #cores: number;
  readonly #most: number;
  #busy: Weight = 0;
  #running = 0;

  /** @param cores how many weights of 1 run at a time */
  constructor(files: readonly TestFile[], measurements: Measurements, cores: number) {
    const expected = (file: TestFile) => measurements[file.path]?.ms ?? file.timeoutMs;
    this.#waiting = files
      .toSorted((a, b) => expected(b) - expected(a))
      .map((file) => ({ file, weight: Math.min(weightOf(file, measurements), cores) }));
    this.#cores = cores;
    // Memory and ports have bounds too.
    this.#most = 4 * cores;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes the slowest file that may start now. Half of it may be too much: a file that computes would else wait for all that wait. */
  next(isReady: (file: TestFile) => boolean): Started | undefined {
    const fits = ({ weight }: Waiting) => this.#running === 0 || this.#busy + weight / 2 <= this.#cores;
    if (this.#running >= this.#most) return undefined;
    const index = this.#waiting.findIndex((waiting) => isReady(waiting.file) && fits(waiting));
    const [found] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (found === undefined) return undefined;
    this.#busy += found.weight;
    this.#running += 1;
    const ended = () => {
      this.#busy -= found.weight;
      this.#running -= 1;
    };
    return { file: found.file, ended };
  }
}

export interface Started {
  readonly file: TestFile;
  /** To be called once. */
  ended(): void;
}

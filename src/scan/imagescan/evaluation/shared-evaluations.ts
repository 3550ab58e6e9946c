import type { ScanFailure } from '../../scan-error.ts';
import type { Evaluation } from './evaluation.ts';
import { MAX_FINDINGS } from './worst-findings.ts';

/** The result for one image: an evaluation, or the reason why its report cannot be evaluated. */
export type Evaluated = { readonly evaluation: Evaluation } | { readonly failure: ScanFailure };

interface Entry {
  readonly evaluated: Evaluated;
  /** The ImageScans that use it. */
  readonly holders: Set<object>;
  /** The namespace that it counts for: that of its first holder. */
  readonly namespace: string;
  readonly bytes: number;
}

const MiB = 2 ** 20;

/** Numbers and names of findings in memory, bytes. Beyond it, an evaluation has its counts and its worst findings alone. */
interface Limits {
  readonly ofNamespace: number;
  readonly total: number;
}
const LIMITS: Limits = { ofNamespace: 48 * MiB, total: 96 * MiB };

/** Of a text in an array, without its characters. */
const TEXT_BYTES = 32;

const bytesOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + TEXT_BYTES + length, 0);

const extraBytes = (evaluated: Evaluated): number => {
  if ('failure' in evaluated) return 0;
  const { numbers, criticals, suppressedCriticals } = evaluated.evaluation;
  return (numbers?.byteLength ?? 0) + bytesOf(criticals) + bytesOf(suppressedCriticals);
};

/** Without what is in memory for the number of rows and for Events alone. */
const reduced = (evaluated: Evaluated): Evaluated => {
  if ('failure' in evaluated) return evaluated;
  const { numbers: _, criticals, suppressedCriticals, ...evaluation } = evaluated.evaluation;
  const isCut = Math.max(criticals.length, suppressedCriticals.length) > MAX_FINDINGS;
  return {
    evaluation: {
      ...evaluation,
      criticals: criticals.slice(0, MAX_FINDINGS),
      suppressedCriticals: suppressedCriticals.slice(0, MAX_FINDINGS),
      ...(isCut && { criticalsCut: true }),
    },
  };
};

/**
 * The evaluations in memory: one for all ImageScans that judge a report in the same way, and together within limits,
 * however many findings the images have.
 */
export class SharedEvaluations {
  readonly #limits: Limits;
  readonly #entries = new Map<string, Entry>();
  /** By namespace; of all. */
  readonly #bytes = new Map<string, number>();
  #total = 0;

  constructor(limits: Limits = LIMITS) {
    this.#limits = limits;
  }

  /** Uses the evaluation with this key, if there is one, until the holder releases it. */
  hold(key: string, holder: object): Evaluated | undefined {
    const entry = this.#entries.get(key);
    entry?.holders.add(holder);
    return entry?.evaluated;
  }

  /** Adds an evaluation that the holder uses, unless there is one meanwhile. @returns the one to use */
  add(key: string, evaluated: Evaluated, holder: object, namespace: string): Evaluated {
    const known = this.hold(key, holder);
    if (known !== undefined) return known;
    const { ofNamespace, total } = this.#limits;
    const bytes = extraBytes(evaluated);
    const fits = (this.#bytes.get(namespace) ?? 0) + bytes <= ofNamespace && this.#total + bytes <= total;
    const kept = fits ? evaluated : reduced(evaluated);
    this.#entries.set(key, { evaluated: kept, holders: new Set([holder]), namespace, bytes: fits ? bytes : 0 });
    if (fits) this.#count(namespace, bytes);
    return kept;
  }

  /** An evaluation without a holder is dropped. */
  release(key: string, holder: object): void {
    const entry = this.#entries.get(key);
    entry?.holders.delete(holder);
    if (entry?.holders.size !== 0) return;
    this.#entries.delete(key);
    this.#count(entry.namespace, -entry.bytes);
  }

  /** Bytes of numbers and names in memory. */
  bytes(): number {
    return this.#total;
  }

  #count(namespace: string, bytes: number): void {
    this.#total += bytes;
    const sum = (this.#bytes.get(namespace) ?? 0) + bytes;
    if (sum === 0) this.#bytes.delete(namespace);
    else this.#bytes.set(namespace, sum);
  }
}

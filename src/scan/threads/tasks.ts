import { countDistinct } from '../imagescan/evaluation/distinct.ts';
import { evaluate, type Judgment } from '../imagescan/evaluation/evaluate.ts';
import type { Evaluation } from '../imagescan/evaluation/evaluation.ts';

/** Bytes that come from another thread are no Buffer any more. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();

interface EvaluateInput {
  /** The report as the report store has it. */
  readonly content: Uint8Array;
  readonly reference: string;
  readonly spec: Judgment;
  readonly now: number;
}

/** Work that would block the event loop, by name. Input and output can be sent between threads. */
export const TASKS = {
  evaluate: ({ content, reference, spec, now }: EvaluateInput): Evaluation =>
    evaluate(JSON.parse(textOf(content)), reference, spec, now),
  countDistinct: (lists: readonly Float64Array[]): number => countDistinct(lists),
} as const;

export type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;

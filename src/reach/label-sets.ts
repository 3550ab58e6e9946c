import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import { selectorOf } from '../api/selector.ts';
import type { Labels } from './world.ts';

/** Labels that many pods may have. */
export interface LabelSet {
  readonly id: number;
  readonly labels: Labels;
}

/** A selector that decides once for each set of labels. */
export type Selects = (set: LabelSet) => boolean;

const sorted = (labels: Labels): [string, string][] => Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));

/** Equal labels are one object, and equal selectors are one function. */
export class LabelSets {
  readonly #sets = new Map<string, LabelSet>();
  readonly #selectors = new Map<string, Selects>();

  of(labels: Labels): LabelSet {
    const key = JSON.stringify(sorted(labels));
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const set = { id: this.#sets.size, labels };
    this.#sets.set(key, set);
    return set;
  }

  selector(selector: LabelSelector | undefined): Selects {
    const key = JSON.stringify(selector ?? {});
    const known = this.#selectors.get(key);
    if (known !== undefined) return known;
    const test = selectorOf(selector);
    const decided: boolean[] = [];
    const selects = ({ id, labels }: LabelSet): boolean => {
      decided[id] ??= test(labels);
      return decided[id];
    };
    this.#selectors.set(key, selects);
    return selects;
  }
}

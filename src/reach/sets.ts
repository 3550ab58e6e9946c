import { Bits } from './bits.ts';
import type { Match } from './match.ts';
import type { Answer } from './verdict.ts';

/** What is allowed surely, and what perhaps. */
export class Sets {
  readonly sure: Bits;
  readonly possible: Bits;

  /** @param everything nothing is denied */
  constructor(size: number, everything = false) {
    this.sure = everything ? Bits.full(size) : new Bits(size);
    this.possible = everything ? this.sure : new Bits(size);
  }

  add(n: number, match: Match): void {
    if (match === true) this.sure.add(n);
    if (match !== false) this.possible.add(n);
  }

  addAll({ sure, possible }: Sets): void {
    this.sure.addAll(sure);
    this.possible.addAll(possible);
  }

  /** What both of two others allow. */
  addCommon(one: Sets, other: Sets): void {
    this.sure.addCommon(one.sure, other.sure);
    this.possible.addCommon(one.possible, other.possible);
  }

  answer(n: number): Answer {
    return this.sure.has(n) ? 'Yes' : this.possible.has(n) ? 'Unknown' : 'No';
  }
}

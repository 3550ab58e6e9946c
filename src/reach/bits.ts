/** A set of small numbers. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  /** Every number below the size. */
  static full(size: number): Bits {
    const bits = new Bits(size);
    bits.#words.fill(0xffff_ffff);
    if (size % 32 !== 0) bits.#words[bits.#words.length - 1] = 2 ** (size % 32) - 1;
    return bits;
  }

  static of(size: number, numbers: Iterable<number>): Bits {
    const bits = new Bits(size);
    for (const n of numbers) bits.add(n);
    return bits;
  }

  add(n: number): void {
    this.#words[n >>> 5]! |= 1 << (n & 31);
  }

  remove(n: number): void {
    this.#words[n >>> 5]! &= ~(1 << (n & 31));
  }

  has(n: number): boolean {
    return (this.#words[n >>> 5]! & (1 << (n & 31))) !== 0;
  }

  addAll(other: Bits): this {
    for (let i = 0; i < this.#words.length; i += 1) this.#words[i]! |= other.#words[i]!;
    return this;
  }

  addCommon(one: Bits, other: Bits): this {
    for (let i = 0; i < this.#words.length; i += 1) this.#words[i]! |= one.#words[i]! & other.#words[i]!;
    return this;
  }

  removeAll(other: Bits): this {
    for (let i = 0; i < this.#words.length; i += 1) this.#words[i]! &= ~other.#words[i]!;
    return this;
  }

  keepAll(other: Bits): this {
    for (let i = 0; i < this.#words.length; i += 1) this.#words[i]! &= other.#words[i]!;
    return this;
  }

  copy(): Bits {
    return new Bits(this.#words.length * 32).addAll(this);
  }

  /** @param to the last one */
  hasSome(from: number, to: number): boolean {
    for (let n = from; n <= to; n += 1) {
      const word = this.#words[n >>> 5]!;
      if ((word & (1 << (n & 31))) !== 0) return true;
      if (word === 0) n |= 31;
    }
    return false;
  }

  isEmpty(): boolean {
    return this.#words.every((word) => word === 0);
  }

  get count(): number {
    let count = 0;
    for (let i = 0; i < this.#words.length; i += 1) {
      for (let word = this.#words[i]!; word !== 0; word &= word - 1) count += 1;
    }
    return count;
  }

  /** In ascending order. */
  *numbers(): Generator<number> {
    for (let i = 0; i < this.#words.length; i += 1) {
      for (let word = this.#words[i]!; word !== 0; word &= word - 1) yield i * 32 + (31 - Math.clz32(word & -word));
    }
  }

  /** Equal sets of one size have equal ones. */
  get key(): string {
    return Buffer.from(this.#words.buffer).toString('latin1');
  }
}

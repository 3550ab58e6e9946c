/** A set of small numbers. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  add(n: number): void {
    this.#words[n >>> 5]! |= 1 << (n & 31);
  }

  has(n: number): boolean {
    return (this.#words[n >>> 5]! & (1 << (n & 31))) !== 0;
  }

  addAll(other: Bits): void {
    for (let i = 0; i < this.#words.length; i += 1) this.#words[i]! |= other.#words[i]!;
  }
}

import type { Yielder } from '../../../kube/yielder.ts';

/** A directed graph of vertices 0 … n-1. */
export interface Graph {
  /** What each vertex is by itself. */
  readonly colours: readonly string[];
  /** The vertices that edges go from, and those that they go to; the same edge may come several times. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface CanonicalOrder {
  /** The place of each vertex, 0 … n-1. */
  readonly places: Int32Array;
  /** Edges that were followed: at most a few times edges × log₂(vertices), whatever the graph. */
  readonly steps: number;
}

/**
 * Puts the vertices of a graph into an order that depends on nothing but the graph: not on how they are numbered. It is
 * refined by what they are connected with until nothing changes (Hopcroft's worklist, as in nauty); of those that nothing
 * tells apart, any comes first, and what is connected with it follows. Only where vertices look alike all around and yet
 * cannot be exchanged (cycles of equal vertices, of different lengths) does the order depend on the numbers.
 */
export async function canonicalOrder({ colours, from, to }: Graph, slices: Yielder): Promise<CanonicalOrder> {
  const partition = new OrderedPartition(colours);
  await slices.next();
  const neighbours = [adjacency(colours.length, from, to), adjacency(colours.length, to, from)];
  let steps = 0;
  const refine = async () => {
    for (let cell = partition.next(); cell !== undefined; cell = partition.next()) {
      const before = steps;
      for (const { offsets, targets } of neighbours) {
        const counts = new Map<number, number>();
        for (const vertex of cell) {
          const [first, end] = [offsets[vertex]!, offsets[vertex + 1]!];
          for (let at = first; at < end; at += 1) counts.set(targets[at]!, (counts.get(targets[at]!) ?? 0) + 1);
          steps += end - first;
        }
        partition.split(counts);
      }
      if (slices.isOver(cell.length + steps - before)) await slices.next();
    }
  };
  await refine();
  while (partition.singleOut()) await refine();
  return { places: partition.places, steps };
}

interface Adjacency {
  /** Where in `targets` the neighbours of each vertex begin, and where those of the last end. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

function adjacency(vertices: number, from: readonly number[], to: readonly number[]): Adjacency {
  const offsets = new Int32Array(vertices + 1);
  for (const vertex of from) offsets[vertex + 1]! += 1;
  for (let vertex = 0; vertex < vertices; vertex += 1) offsets[vertex + 1]! += offsets[vertex]!;
  const free = offsets.slice();
  const targets = new Int32Array(to.length);
  for (const [edge, vertex] of from.entries()) {
    targets[free[vertex]!] = to[edge]!;
    free[vertex]! += 1;
  }
  return { offsets, targets };
}

/** Cells of vertices that nothing tells apart so far, one after the other; a cell is known by where it begins. */
class OrderedPartition {
  readonly places: Int32Array;
  readonly #vertices: Int32Array;
  /** Where the cell of each vertex begins. */
  readonly #cellOf: Int32Array;
  /** By where a cell begins. */
  readonly #lengths: Int32Array;
  /** Cells by which others are still to be split. */
  readonly #waiting = new Set<number>();
  /** All before this place are told apart. */
  #apart = 0;

  constructor(colours: readonly string[]) {
    const keys = [...colours.keys()];
    const sorted = keys.sort((a, b) => (colours[a]! < colours[b]! ? -1 : colours[a]! > colours[b]! ? 1 : 0));
    this.#vertices = Int32Array.from(sorted);
    this.places = new Int32Array(colours.length);
    this.#cellOf = new Int32Array(colours.length);
    this.#lengths = new Int32Array(colours.length);
    let start = 0;
    for (const [place, vertex] of sorted.entries()) {
      if (colours[vertex] !== colours[sorted[start]!]) start = place;
      this.#put(vertex, place, start);
      this.#lengths[start]! += 1;
      this.#waiting.add(start);
    }
  }

  /** The next cell by which others are to be split. */
  next(): Int32Array | undefined {
    const [start] = this.#waiting;
    if (start === undefined) return undefined;
    this.#waiting.delete(start);
    return this.#vertices.slice(start, start + this.#lengths[start]!);
  }

  /** Parts the vertices of each cell by their counts; those without one have 0. */
  split(counts: ReadonlyMap<number, number>): void {
    const touched = Map.groupBy(counts.keys(), (vertex) => this.#cellOf[vertex]!);
    const starts = [...touched.keys()].filter((start) => this.#lengths[start]! > 1).sort((a, b) => a - b);
    for (const start of starts) {
      const vertices = touched.get(start)!.sort((a, b) => counts.get(a)! - counts.get(b)!);
      this.#splitCell(start, vertices, (vertex) => counts.get(vertex)!);
    }
  }

  /** Puts one vertex behind the others of its cell. @returns false: each has a cell of its own */
  singleOut(): boolean {
    while (this.#lengths[this.#apart] === 1) this.#apart += 1;
    const length = this.#lengths[this.#apart] ?? 0;
    if (length === 0) return false;
    this.#splitCell(this.#apart, [this.#vertices[this.#apart + length - 1]!], () => 1);
    return true;
  }

  /** @param last vertices of the cell that come after its others, in groups of equal keys */
  #splitCell(start: number, last: readonly number[], keyOf: (vertex: number) => number): void {
    const end = start + this.#lengths[start]!;
    const cells = this.#moveToEnd(end, last, keyOf);
    const rest = end - start - last.length;
    if (rest > 0) cells.unshift(start);
    if (cells.length === 1) return;
    this.#lengths[start] = 0;
    for (const [at, cell] of cells.entries()) this.#lengths[cell] = (cells[at + 1] ?? end) - cell;
    // By all but one of the parts is enough: what is connected with that one is known by the whole and the others.
    const spared = this.#waiting.has(start) ? undefined : this.#longest(cells);
    for (const cell of cells) if (cell !== spared) this.#waiting.add(cell);
  }

  /** @returns where the new cells begin */
  #moveToEnd(end: number, last: readonly number[], keyOf: (vertex: number) => number): number[] {
    const first = end - last.length;
    const moved = new Set(last);
    // Those that stand there make room where the moved ones were.
    const free = last.map((vertex) => this.places[vertex]!).filter((place) => place < first);
    for (const vertex of this.#vertices.slice(first, end)) {
      if (!moved.has(vertex)) this.#put(vertex, free.pop()!, this.#cellOf[vertex]!);
    }
    const cells: number[] = [];
    for (const [at, vertex] of last.entries()) {
      if (at === 0 || keyOf(vertex) !== keyOf(last[at - 1]!)) cells.push(first + at);
      this.#put(vertex, first + at, cells.at(-1)!);
    }
    return cells;
  }

  #longest(cells: readonly number[]): number {
    return cells.reduce((most, cell) => (this.#lengths[cell]! > this.#lengths[most]! ? cell : most));
  }

  #put(vertex: number, place: number, cell: number): void {
    this.#vertices[place] = vertex;
    this.places[vertex] = place;
    this.#cellOf[vertex] = cell;
  }
}

import type { Yielder } from '../../../kube/yielder.ts';

/** A vertex of a directed graph. Neighbors are indices of vertices; the same edge may come several times. */
export interface Vertex {
  /** The content of the vertex itself. */
  readonly color: string;
  /** Where its edges come from. */
  readonly above: number[];
  /** Where its edges go to. */
  readonly below: number[];
}

/**
 * Orders the vertices of a graph by nothing but the graph, not by how they are numbered: cells of vertices are split by
 * how many edges they have to another cell, until that splits none (Hopcroft's worklist, as in nauty); then one vertex of
 * a cell that is left gets a cell of its own, and so on. Every edge is followed at most log₂(vertices) times, since of
 * the parts of a cell the longest does not split others again. Only vertices whose surroundings are alike and that still
 * cannot be exchanged (equal vertices in cycles of different lengths) are ordered by their numbers.
 * @returns the place of each vertex, 0 … n-1
 */
export async function canonicalOrder(vertices: readonly Vertex[], yielder: Yielder): Promise<number[]> {
  const byColor = [...Map.groupBy(vertices.keys(), (vertex) => vertices[vertex]!.color)];
  const cells = byColor.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, same]) => new Set(same));
  const cellOf: number[] = [];
  for (const [cell, members] of cells.entries()) for (const vertex of members) cellOf[vertex] = cell;
  const waiting = new Set(cells.keys());
  await yielder.pause();

  /** Moves vertices into new cells, those of equal counts into one. */
  const split = (cell: number, counted: readonly number[], countOf: (vertex: number) => number): void => {
    const parts = [...Map.groupBy(counted, countOf)].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (counted.length === cells[cell]!.size) parts.shift();
    const pieces = [cell];
    for (const part of parts) {
      pieces.push(cells.push(new Set(part)) - 1);
      for (const vertex of part) {
        cells[cell]!.delete(vertex);
        cellOf[vertex] = cells.length - 1;
      }
    }
    const longest = pieces.reduce((most, piece) => (cells[piece]!.size > cells[most]!.size ? piece : most));
    const spared = waiting.has(cell) ? undefined : longest;
    for (const piece of pieces) if (piece !== spared) waiting.add(piece);
  };

  const splitOthers = async (splitter: ReadonlySet<number>): Promise<void> => {
    for (const direction of ['above', 'below'] as const) {
      const counts = new Map<number, number>();
      let steps = 0;
      for (const vertex of splitter) {
        for (const neighbor of vertices[vertex]![direction]) counts.set(neighbor, (counts.get(neighbor) ?? 0) + 1);
        steps += vertices[vertex]![direction].length + 1;
      }
      const touched = [...Map.groupBy(counts.keys(), (vertex) => cellOf[vertex]!)].sort(([a], [b]) => a - b);
      for (const [cell, counted] of touched) split(cell, counted, (vertex) => counts.get(vertex)!);
      if (yielder.shouldYield(steps)) await yielder.pause();
    }
  };

  // Cells that are added meanwhile have their turn too.
  for (let open = 0; open < cells.length; ) {
    for (const cell of waiting) {
      waiting.delete(cell);
      await splitOthers(new Set(cells[cell]));
    }
    while (cells[open]?.size === 1) open += 1;
    const [first] = cells[open] ?? [];
    if (first !== undefined) split(open, [first], () => 1);
  }
  return cellOf;
}

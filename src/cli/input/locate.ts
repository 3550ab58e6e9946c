import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml';
import { OPTIONS, toJson } from './documents.ts';

/** From 1, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

type Step = string | number;

/** @returns the key of a field, or the item of a list, and its value */
const stepInto = (node: unknown, step: Step): { at: Node; value: unknown } | undefined => {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | undefined;
    return item && { at: item, value: item };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }: Pair) => isScalar(key) && String(key.value) === String(step));
  return pair && { at: pair.key as Node, value: pair.value };
};

/**
 * Tells where a field of a document is; of one that is not there, where the innermost part of the path that is there is.
 * Reads the text once. The document is the one of this number among those that are not empty.
 */
export const locator = (text: string): ((document: number, path: readonly Step[]) => Position) => {
  const lineCounter = new LineCounter();
  const documents = [...parseAllDocuments(text, { ...OPTIONS, lineCounter })].filter((one) => toJson(one) !== null);
  return (document, path) => {
    const found = documents[document];
    let node: unknown = found?.contents;
    let offset = found?.contents?.range?.[0] ?? 0;
    for (const step of path) {
      if (isAlias(node) && found !== undefined) node = node.resolve(found);
      const next = stepInto(node, step);
      if (next === undefined) break;
      offset = next.at.range?.[0] ?? offset;
      node = next.value;
    }
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
};

/** One field, as locator tells it. */
export const locate = (text: string, document: number, path: readonly Step[]): Position =>
  locator(text)(document, path);

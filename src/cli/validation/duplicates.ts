import { childPath } from '../../api/field-path.ts';
import type { Schema } from '../../api/schema.ts';
import { visit } from '../../api/visit.ts';
import { isObject } from '../../text/is-object.ts';
import type { Problem } from './problem.ts';

const identity = (item: unknown, keys: readonly string[] | undefined): string =>
  JSON.stringify(keys !== undefined && isObject(item) ? Object.fromEntries(keys.map((k) => [k, item[k]])) : item);

/** Duplicate items of a list whose items must differ, as a whole (set) or in their keys (map). */
export const findDuplicates = (schema: Schema, object: unknown): Problem[] => {
  const problems: Problem[] = [];
  for (const { schema: list, value, path } of visit(schema, object)) {
    const type = list['x-kubernetes-list-type'];
    if (!Array.isArray(value) || (type !== 'set' && type !== 'map')) continue;
    const seen = new Set<string>();
    for (const [index, item] of value.entries()) {
      const id = identity(item, list['x-kubernetes-list-map-keys']);
      if (seen.has(id)) problems.push({ path: childPath(path, index), message: `Duplicate value: ${id}` });
      seen.add(id);
    }
  }
  return problems;
};

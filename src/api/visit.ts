import { isObject } from '../text/is-object.ts';
import { childPath } from './field-path.ts';
import type { Schema } from './schema.ts';

export const propertySchema = (schema: Schema, key: string): Schema | undefined =>
  schema.properties !== undefined && Object.hasOwn(schema.properties, key)
    ? schema.properties[key]
    : schema.additionalProperties;

/** Every value that a schema describes, with its schema and its path: parents before children, in the order of the object. */
export function* visit(
  schema: Schema,
  value: unknown,
  path = '',
): Generator<{ schema: Schema; value: unknown; path: string }> {
  yield { schema, value, path };
  if (Array.isArray(value) && schema.items !== undefined) {
    for (const [index, item] of value.entries()) yield* visit(schema.items, item, childPath(path, index));
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const inner = propertySchema(schema, key);
      if (inner !== undefined) yield* visit(inner, item, childPath(path, key));
    }
  }
}

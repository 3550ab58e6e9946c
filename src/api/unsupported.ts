import { isObject } from '../text/is-object.ts';
import { childPath } from './field-path.ts';
import type { Schema } from './schema.ts';
import { propertySchema, visit } from './visit.ts';

/**
 * The fields and values of an object that this release does not know, as `path` or `path: value`: its definition is of a
 * newer release than the operator. Ignoring one could invert its meaning, so such an object is not acted on.
 */
export const findUnsupported = (schema: Schema, object: unknown, path: string): string[] => {
  const found: string[] = [];
  for (const { schema: its, value, path: at } of visit(schema, object, path)) {
    if (its.enum !== undefined && !its.enum.includes(value)) found.push(`${at}: ${JSON.stringify(value)}`);
    if (!isObject(value) || its.properties === undefined) continue;
    for (const key of Object.keys(value)) {
      if (propertySchema(its, key) === undefined) found.push(childPath(at, key));
    }
  }
  return found;
};

/** @param kind as people read it @param unsupported as findUnsupported names it */
export const describeUnsupported = (kind: string, unsupported: readonly string[]): string =>
  `this release of Palisade does not know ${unsupported.join(', ')}: run the release that the CustomResourceDefinition of ` +
  `${kind} is from, or remove it from the spec; until then nothing is changed`;

import type { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from './group.ts';
import { readSchema, type Schema } from './schema.ts';
import { findUnsupported } from './unsupported.ts';

/** One of our objects as a cache keeps it: without managedFields. */
export type Cached<T> = T & {
  /** Fields and values of its spec that this release does not know, as findUnsupported names them. Absent: none. */
  readonly unsupported?: readonly string[];
};

interface Raw {
  readonly metadata: { readonly managedFields?: unknown };
}

/** Converts objects of one of our kinds for a cache. */
export const cachedAs = <T extends { readonly spec: unknown }>(
  kind: typeof CONTAINER_SECURITY_POLICY | typeof IMAGE_SCAN,
): ((raw: Raw) => Cached<T>) => {
  // Read with the first object: most commands see none.
  let schema: Schema | undefined;
  return (raw) => {
    const { managedFields: _, ...metadata } = raw.metadata;
    const object = { ...raw, metadata } as object as T;
    schema ??= readSchema(kind).properties?.spec ?? {};
    const unsupported = findUnsupported(schema, object.spec, 'spec');
    return { ...object, ...(unsupported.length > 0 && { unsupported }) };
  };
};

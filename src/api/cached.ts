import type { CONTAINER_SECURITY_POLICY, IMAGE_SCAN } from './group.ts';
import { readSchema, type Schema } from './schema.ts';
import { findUnsupported } from './unsupported.ts';

/** One of our objects as a cache keeps it: without who wrote which field. */
export type Cached<T> = T & {
  /** What this release does not know of its spec, as findUnsupported names it. Absent: nothing. */
  readonly unsupported?: readonly string[];
};

interface Raw {
  readonly metadata: { readonly managedFields?: unknown };
}

/** Makes objects of one of our kinds what a cache keeps. */
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

import { type CONTAINER_SECURITY_POLICY, GROUP, type IMAGE_SCAN } from './group.ts';
import { readSchema, type Schema } from './schema.ts';
import { findUnsupported } from './unsupported.ts';

/** One of our objects as a cache keeps it: without managedFields, and with the annotations of our group only. */
export type Cached<T> = T & {
  /** Fields and values of its spec that this release does not know, as findUnsupported names them. Absent: none. */
  readonly unsupported?: readonly string[];
};

interface Raw {
  readonly metadata: { readonly managedFields?: unknown; readonly annotations?: Readonly<Record<string, string>> };
}

/** Others may have 256 KiB of annotations, with a copy of the object among them. */
const ourAnnotations = (annotations: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(`${GROUP}/`)));

/** Converts objects of one of our kinds for a cache. */
export const cachedAs = <T extends { readonly spec: unknown }>(
  kind: typeof CONTAINER_SECURITY_POLICY | typeof IMAGE_SCAN,
): ((raw: Raw) => Cached<T>) => {
  // Read with the first object: most commands see none.
  let schema: Schema | undefined;
  return (raw) => {
    const { managedFields: _, annotations, ...rest } = raw.metadata;
    const metadata = { ...rest, ...(annotations && { annotations: ourAnnotations(annotations) }) };
    const object = { ...raw, metadata } as object as T;
    schema ??= readSchema(kind).properties?.spec ?? {};
    const unsupported = findUnsupported(schema, object.spec, 'spec');
    return { ...object, ...(unsupported.length > 0 && { unsupported }) };
  };
};

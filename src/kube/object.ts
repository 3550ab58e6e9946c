export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The fields that one manager owns. `fieldsV1` is a tree of 'f:<field>', 'k:<list key>' and 'v:<set value>'. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  /** RFC 3339, like every time in metadata. */
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** An object as the API server returns it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

type AppliedMeta = Partial<Omit<ObjectMeta, 'name'>> & { name: string };

/**
 * A sparse object for server-side apply: what it names is owned, what it leaves out is released.
 *
 * To own a list and keep it empty write `null`, never `[]`: the API server stores both without the field, but every
 * repeated apply of `[]` bumps resourceVersion and generation, that of `null` does not (measured on 1.36.3).
 */
export interface Applied {
  apiVersion: string;
  kind: string;
  metadata: AppliedMeta;
  [field: string]: unknown;
}

/** 'namespace/name', or 'name' when the object has no namespace. */
export const objectKey = (o: { metadata: { name: string; namespace?: string | undefined } }): string =>
  o.metadata.namespace ? `${o.metadata.namespace}/${o.metadata.name}` : o.metadata.name;

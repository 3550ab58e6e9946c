import type { OwnerReference } from '../../kube/object.ts';

/** An object of the API: out of a file, where it has neither uid nor status, or out of a cluster. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent: it is cluster-scoped. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly uid?: string;
    readonly ownerReferences?: OwnerReference[];
  };
  readonly [field: string]: unknown;
}

export const groupOf = ({ apiVersion }: Pick<KubernetesObject, 'apiVersion'>): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

/** `shop/web`, or `shop` for an object without a namespace. */
export const pathOf = ({ metadata: { namespace, name } }: KubernetesObject): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

/** Whatever the version: one object has several. */
const kindKey = (object: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string => `${object.kind}.${groupOf(object)}`;

export const keyOf = (object: KubernetesObject): string => `${kindKey(object)} ${pathOf(object)}`;

export const isOfKind = (object: KubernetesObject, { kind, group }: { kind: string; group: string }): boolean =>
  object.kind === kind && groupOf(object) === group;

/** The key of the object that controls this one. */
export const controllerKey = ({
  metadata: { namespace, ownerReferences = [] },
}: KubernetesObject): string | undefined => {
  const owner = ownerReferences.find(({ controller }) => controller === true);
  return owner && `${kindKey(owner)} ${namespace === undefined ? owner.name : `${namespace}/${owner.name}`}`;
};

import { parse } from 'yaml';
import { readDefinition } from './definition.ts';
import { type CONTAINER_SECURITY_POLICY, type IMAGE_SCAN, VERSION } from './group.ts';

/** A rule of x-kubernetes-validations. */
export interface Rule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  /** Path of the problem, relative to the rule: `.cidr` */
  readonly fieldPath?: string;
}

/** The part of a structural schema that the checks use. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-validations'?: readonly Rule[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** The schema of one of our kinds, from the definition that clusters get. */
export const readSchema = ({ kind, plural }: typeof CONTAINER_SECURITY_POLICY | typeof IMAGE_SCAN): Schema => {
  const crd = parse(readDefinition(plural)) as Crd;
  const version = crd.spec.versions.find((v) => v.name === VERSION);
  if (version === undefined) throw new Error(`the definition of ${kind} has no version ${VERSION}`);
  return version.schema.openAPIV3Schema;
};

import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { NAMESPACES } from '../../kube/kinds.ts';
import { nearest } from '../../reach/findings/nearest.ts';
import type { Reach } from '../../reach/reach.ts';
import type { Checked } from '../world/ask-violations.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { isOfKind, type KubernetesObject } from '../world/kubernetes-object.ts';
import type { AccessAnswer, AccessQuestion, Principal } from './access-question.ts';
import { FieldError } from './result.ts';

/** Whether the API server applies the image rules of policies. */
export interface ImageAdmission {
  /** undefined: it is unknown. */
  readonly inForce: boolean | undefined;
  readonly why?: string;
}

/** What PolicyTests are tried on. */
export interface TestedWorld {
  /** With the rules that are in force. */
  readonly loaded: LoadedWorld;
  readonly reach: Reach;
  readonly access: (question: AccessQuestion) => AccessAnswer;
  /** Why the subject of a right names nothing. */
  readonly subjectProblem: (principal: Principal) => string | undefined;
  readonly imageAdmission: ImageAdmission;
  /** What pods of the cluster violate, by violationsKey. */
  readonly violations: ReadonlyMap<string, Checked>;
}

/** Of an expectation that names no namespace, that of the PolicyTest. */
export const METADATA_NAMESPACE = 'metadata.namespace';

/** @throws FieldError for a namespace that does not exist, in which everything would be allowed */
export const checkNamespace = (
  { loaded: { world, cluster } }: TestedWorld,
  own: string | undefined,
  namespace: string,
): void => {
  const names = world.namespaces.map(({ name }) => name);
  if (names.includes(namespace) || (cluster !== undefined && world.partial !== undefined)) return;
  const near = nearest(namespace, names);
  const what =
    cluster === undefined ? `the files have nothing of namespace ${namespace}` : `there is no namespace ${namespace}`;
  const cure = near === undefined ? 'correct the name, or add its manifests to --filename' : `did you mean ${near}?`;
  throw new FieldError(own === undefined ? METADATA_NAMESPACE : 'namespace', `${what}: ${cure}`);
};

export const namespaceObject = (objects: readonly KubernetesObject[], name: string): KubernetesObject | undefined =>
  objects.find((object) => isOfKind(object, NAMESPACES) && object.metadata.name === name);

/** A policy that is in force, and whether a file says so. */
export interface PolicyInForce {
  readonly policy: ContainerSecurityPolicy;
  readonly isNew: boolean;
}

export const policiesIn = ({ loaded }: TestedWorld, namespace: string): PolicyInForce[] =>
  loaded.policies
    .filter(({ policy: { metadata, spec } }) => metadata.namespace === namespace && spec.mode !== 'Audit')
    .map(({ policy, manifest }) => ({ policy, isNew: manifest !== undefined }));

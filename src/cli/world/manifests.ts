import { CONTAINER_SECURITY_POLICY, GROUP, POLICY_TEST } from '../../api/group.ts';
import { readSchema } from '../../api/schema.ts';
import { NAMESPACES, NODES } from '../../kube/kinds.ts';
import { isObject } from '../../text/is-object.ts';
import { InputError } from '../errors.ts';
import { parseDocuments } from '../input/documents.ts';
import type { SourceText } from '../input/files.ts';
import { atMost, checkObject, isList, textField } from '../input/objects.ts';
import { withoutNulls } from '../validation/nulls.ts';
import { compileValidator } from '../validation/validator.ts';
import { type KubernetesObject, keyOf, pathOf } from './kubernetes-object.ts';
import { compileShapes, isKnown } from './shapes.ts';
import { templateOf } from './workloads.ts';

/** An object of a file, and where it is there. */
export interface Manifest {
  readonly source: SourceText;
  /** Of those that are not empty. */
  readonly document: number;
  /** From the root of the document: `items`, 0 in a List. */
  readonly path: readonly (string | number)[];
  readonly object: KubernetesObject;
}

/** What a file has there, unchecked. */
export interface Place extends Omit<Manifest, 'object'> {
  readonly raw: unknown;
}

type Checked = { readonly manifest: Manifest } | { readonly problems: readonly string[] } | undefined;

/** Cluster-scoped kinds that the model knows, and the usual others. */
const CLUSTER_SCOPED: readonly string[] = [
  NAMESPACES.kind,
  NODES.kind,
  ...[
    'ClusterRole',
    'ClusterRoleBinding',
    'CustomResourceDefinition',
    'IngressClass',
    'GatewayClass',
    'PersistentVolume',
  ],
  ...['PriorityClass', 'StorageClass', 'RuntimeClass', 'APIService', 'MutatingWebhookConfiguration'],
  ...['ValidatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
];

/** Those of kustomize need neither kind nor apiVersion, and no cluster has them. */
const KUSTOMIZATION = /(^|[\\/])kustomization\.ya?ml$/i;

/** As kubectl does, a List stands for its items. */
const flatten = (place: Place): Place[] =>
  isList(place.raw)
    ? place.raw.items.flatMap((raw, index) => flatten({ ...place, raw, path: [...place.path, 'items', index] }))
    : [place];

/** The documents of a file, and the items of Lists. */
export const placesIn = (source: SourceText): { places: Place[]; problems: readonly string[] } => {
  const { documents, problems } = parseDocuments(source);
  const places = documents.flatMap((raw, document) => flatten({ source, document, path: [], raw }));
  return { places, problems };
};

type Check = (place: Place) => Checked;

/** Compiling it takes longer than everything else: once, and only for a policy. */
let validator: ReturnType<typeof compileValidator> | undefined;
const validate: NonNullable<typeof validator> = (object) => {
  validator ??= compileValidator(readSchema(CONTAINER_SECURITY_POLICY));
  return validator(object);
};

const checker = (namespace: string | undefined): Check => {
  const shapesOf = compileShapes();
  return ({ raw, ...place }) => {
    const refuse = (...problems: string[]): Checked => ({
      problems: problems.map((p) => `${place.source.file}: ${p}`),
    });
    if (KUSTOMIZATION.test(place.source.file)) return undefined;
    if (!isObject(raw))
      return refuse(`document ${place.document + 1} is not an object: a manifest has apiVersion, kind and metadata`);
    const [kind, apiVersion] = [textField(raw, 'kind'), textField(raw, 'apiVersion')];
    if (kind === undefined || apiVersion === undefined)
      return refuse(
        `document ${place.document + 1} has no ${kind === undefined ? 'kind' : 'apiVersion'}: a manifest has apiVersion, kind and metadata`,
      );
    // No object of a cluster: palisade test reads it.
    if (kind === POLICY_TEST && apiVersion.startsWith(`${GROUP}/`)) return undefined;
    if (kind === CONTAINER_SECURITY_POLICY.kind && apiVersion.startsWith(`${GROUP}/`)) {
      const found = checkObject(raw, {
        kind,
        namespace: isObject(raw.metadata) && 'namespace' in raw.metadata ? undefined : namespace,
        validate,
      });
      if ('problems' in found) return refuse(...found.problems);
      return 'object' in found ? { manifest: { ...place, object: found.object as KubernetesObject } } : undefined;
    }
    const object = withName(withoutNulls(raw) as Record<string, unknown>, namespace);
    if (object === undefined) {
      // Other kinds may be the configuration of a tool, which needs no name.
      const isNeeded =
        isKnown(raw as Pick<KubernetesObject, 'apiVersion' | 'kind'>) || templateOf(raw as KubernetesObject);
      const name = isObject(raw.metadata) ? raw.metadata.name : undefined;
      if (name !== undefined && name !== null)
        return refuse(
          `${kind} (unnamed): metadata.name: must be of type string, not ${JSON.stringify(name)}: quote it`,
        );
      return isNeeded ? refuse(`${kind} (unnamed): metadata.name: Required value`) : undefined;
    }
    const problems = shapesOf(object, templateOf(object) !== undefined);
    return problems.length === 0
      ? { manifest: { ...place, object } }
      : refuse(...problems.map(({ path, message }) => `${kind} ${pathOf(object)}: ${path}: ${message}`));
  };
};

/** With its namespace; a name that the API server makes begins with generateName. */
const withName = (raw: Record<string, unknown>, asked: string | undefined): KubernetesObject | undefined => {
  const metadata = isObject(raw.metadata) ? raw.metadata : {};
  const name = textField(metadata, 'name') ?? textField(metadata, 'generateName');
  if (name === undefined) return undefined;
  const { namespace: own, ...rest } = metadata;
  const namespace = CLUSTER_SCOPED.includes(String(raw.kind))
    ? undefined
    : (textField({ own }, 'own') ?? asked ?? 'default');
  return { ...raw, metadata: { ...rest, name, ...(namespace !== undefined && { namespace }) } } as KubernetesObject;
};

const duplicates = (manifests: readonly Manifest[]): string[] => {
  const seen = new Map<string, string>();
  return manifests.flatMap(({ source: { file }, object }) => {
    const before = seen.get(keyOf(object));
    seen.set(keyOf(object), before ?? file);
    return before === undefined
      ? []
      : [
          `${file}: ${object.kind} ${pathOf(object)}: already defined in ${before}: the later definition would replace the earlier one: remove one of them`,
        ];
  });
};

/** Whether two manifests can be the same object: each with generateName is another one. */
const isNamed = ({ object }: Manifest): boolean => !('generateName' in object.metadata);

/**
 * The objects of the sources, of every kind: ContainerSecurityPolicies as the API server would store them, and of the
 * others those fields checked that the model of reachability reads.
 * @param namespace of objects that name none
 * @throws InputError with every problem of every document
 */
export const readManifests = (sources: readonly SourceText[], namespace?: string): Manifest[] => {
  const check = checker(namespace);
  const read = sources.map(placesIn);
  const checked = read.flatMap(({ places }) => places.map(check));
  const manifests = checked.flatMap((one) => (one !== undefined && 'manifest' in one ? [one.manifest] : []));
  const problems = [
    ...read.flatMap((one) => one.problems),
    ...checked.flatMap((one) => (one !== undefined && 'problems' in one ? one.problems : [])),
    ...duplicates(manifests.filter(isNamed)),
  ];
  if (problems.length > 0) throw new InputError(atMost(problems));
  return manifests;
};

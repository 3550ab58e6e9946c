import { isDeepStrictEqual } from 'node:util';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import type { ContainerSecurityPolicy, NetworkSection, PolicyName } from '../../api/policy.ts';
import { previewedSections } from '../../policy/preview.ts';
import type { ReachPolicy, World } from '../../reach/world.ts';
import { InputError } from '../errors.ts';
import { buildWorld, type LoadedWorld, type WorldParts } from '../world/build-world.ts';
import { isOfKind, type KubernetesObject, pathOf } from '../world/kubernetes-object.ts';
import type { Manifest } from '../world/manifests.ts';

/** A policy that is previewed. */
export interface PreviewedPolicy extends PolicyName {
  /** Absent: no network section would be left. */
  readonly network?: NetworkSection;
}

/** The state before previewed policies are in force, and with them. Both have the same pods. */
export interface PreviewWorlds {
  readonly before: World;
  readonly after: LoadedWorld;
  readonly policies: readonly PreviewedPolicy[];
  /** The namespaces whose NetworkPolicies differ. */
  readonly changed: ReadonlySet<string>;
}

type Spec = ContainerSecurityPolicy['spec'];

const isPolicy = (object: KubernetesObject): boolean => isOfKind(object, CONTAINER_SECURITY_POLICY);

const asPolicy = (object: KubernetesObject): ContainerSecurityPolicy => object as unknown as ContainerSecurityPolicy;

/** As it would be in force: spec of a policy in mode Audit, or its proposal, or what it says. */
const inForce = (manifest: Manifest): Manifest => {
  const policy = asPolicy(manifest.object);
  const { proposed: _, ...sections }: Spec = previewedSections(policy) ?? policy.spec;
  return { ...manifest, object: { ...manifest.object, spec: { ...sections, mode: 'Enforce' } } };
};

/** Without a cluster, the sections of a policy with a proposal are the state before. */
const isBefore = ({ object }: Manifest): boolean => {
  const { mode, proposed } = asPolicy(object).spec;
  return mode !== 'Audit' && proposed !== undefined;
};

const withoutProposal = (manifest: Manifest): Manifest => {
  const { proposed: _, suspend: __, ...spec } = asPolicy(manifest.object).spec;
  return { ...manifest, object: { ...manifest.object, spec } };
};

/** The policies of the cluster that have something to preview, as files would say them. */
const fromCluster = ({ cluster }: WorldParts): Manifest[] =>
  (cluster?.objects ?? [])
    .filter((object) => isPolicy(object) && previewedSections(asPolicy(object)) !== undefined)
    .map((object) => ({ source: { file: 'the cluster', text: '' }, document: 0, path: [], object }));

const NOTHING = `nothing to preview: name a file with a ${CONTAINER_SECURITY_POLICY.kind} with --filename; without one, the cluster needs a policy in mode Audit, or one with spec.proposed`;

const byNamespace = (policies: readonly ReachPolicy[]): Map<string, ReachPolicy[]> =>
  Map.groupBy(policies, ({ namespace }) => namespace);

const sorted = (policies: readonly ReachPolicy[] = []): unknown[] =>
  policies.map(({ name, spec }) => ({ name, spec })).sort((a, b) => (a.name < b.name ? -1 : 1));

const changedNamespaces = (before: readonly ReachPolicy[], after: readonly ReachPolicy[]): Set<string> => {
  const [was, is] = [byNamespace(before), byNamespace(after)];
  const all = [...new Set([...was.keys(), ...is.keys()])];
  return new Set(all.filter((name) => !isDeepStrictEqual(sorted(was.get(name)), sorted(is.get(name)))));
};

/**
 * The worlds without and with the policies of the files, or of the cluster if the files have none.
 * @param namespace of the policies of the cluster; absent: all
 * @throws InputError when there is no policy, or the operator would refuse one
 */
export const previewWorlds = (parts: WorldParts, namespace?: string): PreviewWorlds => {
  const own = parts.manifests.filter(({ object }) => isPolicy(object));
  const others = parts.manifests.filter(({ object }) => !isPolicy(object));
  const isAsked = ({ object }: Manifest): boolean => namespace === undefined || object.metadata.namespace === namespace;
  const previewed = own.length > 0 ? own : fromCluster(parts).filter(isAsked);
  if (previewed.length === 0) throw new InputError([NOTHING]);
  const after = buildWorld({ ...parts, manifests: [...others, ...previewed.map(inForce)] });
  const kept = parts.cluster === undefined ? own.filter(isBefore).map(withoutProposal) : [];
  const { policies } = buildWorld({ ...parts, manifests: [...others, ...kept] }).world;
  const names = new Set(previewed.map(({ object }) => pathOf(object)));
  return {
    ...{ before: { ...after.world, policies }, after },
    policies: after.policies
      .filter(({ policy: { metadata } }) => names.has(`${metadata.namespace}/${metadata.name}`))
      .map(({ policy: { metadata, spec } }) => ({
        ...{ namespace: metadata.namespace, name: metadata.name },
        ...(spec.network && { network: spec.network }),
      })),
    changed: changedNamespaces(policies, after.world.policies),
  };
};

import { isDeepStrictEqual } from 'node:util';
import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { NAMESPACES, PODS } from '../../kube/kinds.ts';
import { listed } from '../../text/listed.ts';
import { refusal, render } from '../render/render.ts';
import type { Checked } from '../world/ask-violations.ts';
import { isUnread, READ_KINDS } from '../world/from-cluster.ts';
import { policiesInForce } from '../world/in-force.ts';
import { isOfKind, type KubernetesObject, keyOf, pathOf } from '../world/kubernetes-object.ts';
import { compareConnections } from './connections.ts';
import type { Difference } from './difference.ts';
import { compareFindings } from './findings.ts';
import { compareImages } from './images.ts';
import { describeLevels, levelChanges } from './levels.ts';
import { compareObjects, WHOLE, withCluster } from './objects.ts';
import { compareRights } from './rights.ts';
import type { Side } from './sides.ts';

export interface Compared {
  readonly differences: readonly Difference[];
  /** What the comparison leaves out, or assumes. */
  readonly notes: readonly string[];
}

/** The policies whose network rules change, as NAMESPACE/NAME. */
const changedNetworks = (before: Side, after: Side): string[] => {
  const nameOf = ({ metadata }: ContainerSecurityPolicy) => `${metadata.namespace}/${metadata.name}`;
  const rulesOf = (side: Side) =>
    new Map(policiesInForce(side.inForce).map((policy) => [nameOf(policy), policy.spec.network] as const));
  const [was, is] = [rulesOf(before), rulesOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => !isDeepStrictEqual(was.get(name), is.get(name)));
};

/** Neither side can say what a policy changes in a namespace whose pods it does not know. */
const unknownConnections = (
  changed: readonly string[],
  { inForce: { world, unread, cluster } }: Side,
): Difference[] => {
  const inhabited = new Set(world.pods.map(({ namespace }) => namespace));
  return changed.flatMap((name): Difference[] => {
    const [namespace = ''] = name.split('/');
    const mayNot = isUnread(unread, PODS.kind, namespace);
    if (inhabited.has(namespace) || (cluster !== undefined && !mayNot)) return [];
    const why = mayNot
      ? `you may not list Pods of namespace ${namespace}: ask for ClusterRole view there`
      : `the files have no workload of namespace ${namespace}: add the manifests, or compare with --against cluster`;
    return [
      {
        ...{ area: 'connections', change: 'Unknown' },
        message: `it is unknown which connections ContainerSecurityPolicy ${name} changes, since ${why}`,
      },
    ];
  });
};

const generated = (side: Side): KubernetesObject[] => {
  const policies = policiesInForce(side.inForce).filter((policy) => refusal(policy, side.context) === undefined);
  return render(policies, side.context).objects as unknown as KubernetesObject[];
};

/** A policy changes labels of a namespace, which is there before and after it. */
const withNamespaces = (own: readonly KubernetesObject[], others: readonly KubernetesObject[]): KubernetesObject[] => {
  const keys = new Set(own.map(keyOf));
  const missing = others.filter((object) => isOfKind(object, NAMESPACES) && !keys.has(keyOf(object)));
  return [
    ...own,
    ...missing.map(({ apiVersion, kind, metadata: { name } }) => ({ apiVersion, kind, metadata: { name } })),
  ];
};

const generatedDifferences = (before: Side, after: Side): Difference[] => {
  const [was, is] = [generated(before), generated(after)];
  return compareObjects('generated', withNamespaces(was, is), withNamespaces(is, was), () => WHOLE);
};

const isRead = (object: KubernetesObject): boolean => READ_KINDS.some((kind) => isOfKind(object, kind));

const objectDifferences = (before: Side, after: Side): Difference[] => {
  const { cluster, unread } = before.inForce;
  if (cluster === undefined) return compareObjects('objects', before.compared, after.compared, () => WHOLE);
  const isHidden = ({ kind, metadata: { namespace } }: KubernetesObject): boolean => isUnread(unread, kind, namespace);
  const read = after.compared.filter(isRead);
  return [
    ...compareObjects(
      'objects',
      before.compared,
      read.filter((object) => !isHidden(object)),
      withCluster,
    ),
    ...read.filter(isHidden).map(
      (object): Difference => ({
        ...{ area: 'objects', change: 'Unknown' },
        message: `${object.kind} ${pathOf(object)}: you may not list this kind, so it is unknown whether it changes`,
      }),
    ),
  ];
};

const BOUNDS =
  'only connections between pods are compared, at the ports that containers declare: the changed fields show rules for other ports and for addresses';

const notesOn = (before: Side, after: Side, changed: readonly string[]): string[] => {
  const others = [...new Set(after.compared.filter((object) => !isRead(object)).map(({ kind }) => kind))];
  const isCluster = before.inForce.cluster !== undefined;
  const audited = after.written.policies.filter(({ policy, manifest }) => manifest && policy.spec.mode === 'Audit');
  return [
    ...new Set([...before.inForce.notes, ...after.inForce.notes]),
    ...audited.map(
      ({ policy: { metadata } }) =>
        `ContainerSecurityPolicy ${metadata.namespace}/${metadata.name}: mode is Audit, so only its findings count`,
    ),
    ...(changed.length > 0 ? [BOUNDS] : []),
    ...(isCluster && others.length > 0
      ? [`objects of kind ${listed(others)} are not compared with the cluster: use kubectl diff for them`]
      : []),
  ];
};

/** @param checked what existing pods the raised levels would refuse, by namespace */
export const compare = (before: Side, after: Side, checked: ReadonlyMap<string, Checked>): Compared => {
  const [was, is] = [policiesInForce(before.inForce), policiesInForce(after.inForce)];
  const changed = changedNetworks(before, after);
  return {
    differences: [
      ...objectDifferences(before, after),
      ...generatedDifferences(before, after),
      ...compareConnections(before.inForce.world, after.inForce.world),
      ...unknownConnections(changed, after),
      ...compareRights(was, is),
      ...describeLevels(levelChanges(was, is), checked),
      ...compareImages({ objects: before.objects, policies: was }, { objects: after.objects, policies: is }),
      ...compareFindings(before.written, after.written),
    ],
    notes: notesOn(before, after, changed),
  };
};

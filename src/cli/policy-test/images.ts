import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { TRUSTED_IMAGES_LABEL } from '../../api/keys.ts';
import type { ContainerSecurityPolicy, ImagesSection } from '../../api/policy.ts';
import { PODS, WORKLOADS } from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import { toPodImages } from '../../policy/pod.ts';
import { describeAllowed, isAllowed } from '../../policy/sections/images/allowed.ts';
import { describeDisallowed, type Inventory } from '../../policy/sections/images/disallowed.ts';
import { decideEnforcement } from '../../policy/sections/images/enforcement.ts';
import { fromRecord, recordKey } from '../../policy/sections/images/record.ts';
import { toScannedTemplate } from '../../scan/imagescan/inventory/template.ts';
import { isUnread } from '../world/from-cluster.ts';
import { isOfKind, type KubernetesObject, keyOf } from '../world/kubernetes-object.ts';
import { type Judgment, judge } from './result.ts';
import type { ImageExpectation } from './schema.ts';
import { checkNamespace, namespaceObject, type PolicyInForce, policiesIn, type TestedWorld } from './tested-world.ts';

/** The image rules of a policy: in force, or why they are not. */
interface Rules {
  readonly policy: string;
  readonly images?: ImagesSection;
  readonly waits?: string;
}

const titleOf = ({ metadata: { namespace, name } }: ContainerSecurityPolicy): string =>
  `${CONTAINER_SECURITY_POLICY.kind} ${namespace}/${name}`;

const inventoryOf = (objects: readonly KubernetesObject[], namespace: string): Inventory => {
  const inside = objects.filter(({ metadata }) => metadata.namespace === namespace) as unknown as KubeObject[];
  const is = (object: KubeObject, kind: { kind: string; group: string }) =>
    isOfKind(object as unknown as KubernetesObject, kind);
  return {
    pods: inside.filter((object) => is(object, PODS)).map(toPodImages),
    workloads: inside.filter((object) => WORKLOADS.some((kind) => is(object, kind))).map(toScannedTemplate),
  };
};

/** The rules in force that the operator recorded in the Namespace. */
const recordOf = ({ loaded: { cluster } }: TestedWorld, policy: ContainerSecurityPolicy): string | undefined => {
  const live = cluster?.objects.find((object) => keyOf(object) === keyOf(policy as unknown as KubernetesObject));
  const uid = live?.metadata.uid;
  if (cluster === undefined || uid === undefined) return undefined;
  const namespace = namespaceObject(cluster.objects, policy.metadata.namespace);
  return namespace?.metadata.annotations?.[recordKey({ metadata: { ...policy.metadata, uid } } as never)];
};

const rulesOf = (world: TestedWorld, { policy, isNew }: PolicyInForce): Rules[] => {
  const { images } = policy.spec;
  if (images === undefined) return [];
  const { namespace } = policy.metadata;
  const title = titleOf(policy);
  const record = recordOf(world, policy);
  if (isNew) {
    const decided = decideEnforcement(policy.spec, images, record, inventoryOf(world.loaded.objects, namespace));
    const waits =
      decided.waitsFor &&
      `the rules of ${title} wait, since ${describeDisallowed(decided.waitsFor)}: change these images, allow them, or set images.onViolation: Enforce`;
    return [
      {
        policy: title,
        ...(decided.record !== undefined && { images: fromRecord(decided.record) }),
        ...(waits && { waits }),
      },
    ];
  }
  const labels = namespaceObject(world.loaded.objects, namespace)?.metadata.labels ?? {};
  if (!(TRUSTED_IMAGES_LABEL in labels))
    return [
      {
        policy: title,
        waits: `the rules of ${title} are not in force: namespace ${namespace} has no label ${TRUSTED_IMAGES_LABEL}`,
      },
    ];
  if (images.onViolation === 'Enforce') return [{ policy: title, images }];
  if (record !== undefined) return [{ policy: title, images: fromRecord(record) }];
  return [
    {
      policy: title,
      waits: `the rules of ${title} wait until they refuse nothing that exists: kubectl describe csp names what is in the way`,
    },
  ];
};

export const imageName = ({ image, allowed }: ImageExpectation, namespace: string): string =>
  `image ${image} is ${allowed ? 'admitted' : 'refused'} in namespace ${namespace}`;

/** Whether the API server would admit a pod with the image, as far as policies decide. @throws FieldError */
export const judgeImage = (
  { image, allowed, namespace: own }: ImageExpectation,
  testNamespace: string,
  world: TestedWorld,
): Judgment => {
  const namespace = own ?? testNamespace;
  checkNamespace(world, own, namespace);
  if (isUnread(world.loaded.unread, CONTAINER_SECURITY_POLICY.kind, namespace))
    return judge(allowed, undefined, [
      `you may not list ContainerSecurityPolicies of namespace ${namespace}: ask for get and list on them there`,
    ]);
  const rules = policiesIn(world, namespace).flatMap((policy) => rulesOf(world, policy));
  const refusing = rules.filter(({ images }) => images !== undefined && !isAllowed(images, image));
  const waiting = rules.flatMap(({ waits }) => waits ?? []);
  if (refusing.length > 0) {
    const reasons = refusing.map(({ policy, images }) => `${policy} allows ${describeAllowed(images!)}`);
    const { inForce, why } = world.imageAdmission;
    if (inForce === true) return judge(allowed, false, reasons);
    return judge(allowed, inForce === false ? true : undefined, [...(why === undefined ? [] : [why]), ...reasons]);
  }
  const inForce = rules.flatMap(({ policy, images }) =>
    images === undefined ? [] : [`${policy} allows ${describeAllowed(images)}`],
  );
  const none = `no policy of namespace ${namespace} restricts images`;
  return judge(allowed, true, rules.length === 0 ? [none] : [...waiting, ...inForce]);
};

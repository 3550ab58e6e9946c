import type { ContainerSecurityPolicy, ImagesSection } from '../../api/policy.ts';
import { PODS } from '../../kube/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import { toPodImages } from '../../policy/pod.ts';
import { describeAllowed, isAllowed } from '../../policy/sections/images/allowed.ts';
import { listedUpTo } from '../../text/listed.ts';
import { controllerKey, isOfKind, type KubernetesObject, keyOf, pathOf } from '../world/kubernetes-object.ts';
import { templateOf } from '../world/workloads.ts';
import type { Difference } from './difference.ts';

const MOST_NAMED = 5;

/** What one side has: objects with images, and policies that are in force. */
export interface ImageSide {
  readonly objects: readonly KubernetesObject[];
  readonly policies: readonly ContainerSecurityPolicy[];
}

interface Used {
  readonly namespace: string;
  readonly owner: string;
  readonly image: string;
}

interface Rules {
  readonly policy: string;
  readonly images: ImagesSection;
}

/** @param keys of all objects: what one of them makes again has the images of that one */
const imagesOf = (object: KubernetesObject, keys: ReadonlySet<string>): Used[] => {
  const spec = isOfKind(object, PODS) ? object.spec : templateOf(object)?.spec;
  if (keys.has(controllerKey(object) ?? '')) return [];
  const { namespace } = object.metadata;
  if (spec === undefined || namespace === undefined) return [];
  const { images, finished } = toPodImages({ ...object, spec } as unknown as KubeObject);
  const owner = `${object.kind} ${pathOf(object)}`;
  return finished ? [] : images.map((image) => ({ namespace, owner, image }));
};

const rulesOf = (policies: readonly ContainerSecurityPolicy[]): ReadonlyMap<string, Rules[]> =>
  Map.groupBy(
    policies.flatMap(({ metadata: { namespace, name }, spec: { images } }) =>
      images === undefined ? [] : [{ namespace, policy: name, images }],
    ),
    ({ namespace }) => namespace,
  );

const isAtOnce = ({ images }: Rules): boolean => images.onViolation === 'Enforce';

/** The rules that an image breaks: of several policies, one that refuses it at once. */
const broken = (rules: ReadonlyMap<string, readonly Rules[]>, { namespace, image }: Used): Rules | undefined => {
  const found = (rules.get(namespace) ?? []).filter(({ images }) => !isAllowed(images, image));
  return found.find(isAtOnce) ?? found[0];
};

const consequence = (rules: Rules, namespace: string): string => {
  const { policy, images } = rules;
  const allows = `ContainerSecurityPolicy ${namespace}/${policy} allows ${describeAllowed(images)}`;
  return isAtOnce(rules)
    ? `is refused: ${allows}`
    : `is not allowed: ${allows}; onViolation is Wait, so it is refused once the rules are in force: they wait until they refuse nothing that exists`;
};

const allImages = (objects: readonly KubernetesObject[]): Used[] => {
  const keys = new Set(objects.map(keyOf));
  return objects.flatMap((object) => imagesOf(object, keys));
};

interface Judged extends Used {
  readonly by?: Rules;
}

const sentences = (judged: readonly Judged[]): Difference[] =>
  [...Map.groupBy(judged, ({ namespace, image, by }) => JSON.stringify([namespace, image, by?.policy])).values()].map(
    (of): Difference => {
      const { namespace, image, by } = of[0]!;
      const owners = listedUpTo(MOST_NAMED, [...new Set(of.map(({ owner }) => owner))].sort());
      return by === undefined
        ? { area: 'images', change: 'Added', message: `image ${image} of ${owners} is admitted now` }
        : {
            ...{ area: 'images', change: 'Removed' },
            message: `image ${image} of ${owners} ${consequence(by, namespace)}`,
          };
    },
  );

const stateOf = (rules: Rules | undefined): string =>
  rules === undefined ? 'Admitted' : isAtOnce(rules) ? 'Refused' : 'Waiting';

/** The images of pods and workloads that the change would have refused, and those that it would have admitted. */
export const compareImages = (before: ImageSide, after: ImageSide): Difference[] => {
  const [was, is] = [rulesOf(before.policies), rulesOf(after.policies)];
  const useOf = ({ owner, image }: Used): string => `${owner} ${image}`;
  const old = new Set(allImages(before.objects).map(useOf));
  const judged = allImages(after.objects).flatMap((used): Judged[] => {
    const before = old.has(useOf(used)) ? broken(was, used) : undefined;
    const by = broken(is, used);
    if (stateOf(before) === stateOf(by)) return [];
    return [{ ...used, ...(by && { by }) }];
  });
  return sentences(judged);
};

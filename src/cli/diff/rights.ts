import type { ContainerSecurityPolicy } from '../../api/policy.ts';
import { renderAccess } from '../../policy/sections/access/render.ts';
import { listed } from '../../text/listed.ts';
import { covers, type Right, rightsOf } from '../rights/right.ts';
import type { Difference } from './difference.ts';

/** A right of one subject in one namespace. */
interface SubjectRight extends Right {
  readonly subject: string;
  readonly namespace: string;
}

/** A profile, whose rights the ClusterRole in the cluster defines. */
interface Grant {
  readonly subject: string;
  readonly namespace: string;
  readonly profile: string;
}

const subjectName = ({ kind, name, namespace }: { kind: string; name: string; namespace?: string }): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;

const granted = (policies: readonly ContainerSecurityPolicy[]): { rights: SubjectRight[]; grants: Grant[] } => {
  const rights: SubjectRight[] = [];
  const grants: Grant[] = [];
  for (const { metadata, spec } of policies) {
    if (spec.access === undefined) continue;
    const { namespace } = metadata;
    const { roles, bindings } = renderAccess(metadata, spec.access);
    for (const { roleRef, subjects } of bindings) {
      const names = subjects.map(subjectName);
      if (roleRef.kind === 'ClusterRole')
        grants.push(...names.map((subject) => ({ subject, namespace, profile: roleRef.name })));
      const rules =
        roles.find(({ metadata: { name } }) => roleRef.kind === 'Role' && name === roleRef.name)?.rules ?? [];
      for (const right of rules.flatMap(rightsOf))
        rights.push(...names.map((subject) => ({ ...right, subject, namespace })));
    }
  }
  return { rights, grants };
};

const placeOf = ({ subject, namespace }: { subject: string; namespace: string }): string => `${namespace} ${subject}`;

/** The rights that no right of the others covers. */
const missing = (rights: readonly SubjectRight[], others: readonly SubjectRight[]): SubjectRight[] => {
  const byPlace = Map.groupBy(others, placeOf);
  return rights.filter((right) => !(byPlace.get(placeOf(right)) ?? []).some((one) => covers(one, right)));
};

const targetOf = ({ group, resource, name }: Right): string => {
  const what = resource === '*' ? 'every resource' : resource;
  const where = group === '' || (group === '*' && resource === '*') ? what : `${what} of API group ${group}`;
  return name === undefined ? where : `${where} named ${name}`;
};

const sentences = (rights: readonly SubjectRight[], change: 'Added' | 'Removed'): Difference[] =>
  [...Map.groupBy(rights, (right) => `${placeOf(right)} ${targetOf(right)}`).values()].map((of) => {
    const [right] = of as [SubjectRight];
    const verbs = [...new Set(of.map(({ verb }) => (verb === '*' ? 'every verb' : verb)))].sort();
    const does = change === 'Added' ? 'gains' : 'loses';
    return {
      ...{ area: 'rights', change },
      message: `${right.subject} ${does} ${listed(verbs)} on ${targetOf(right)} in namespace ${right.namespace}`,
    };
  });

const grantSentences = (grants: readonly Grant[], others: readonly Grant[], change: 'Added' | 'Removed') => {
  const has = new Set(others.map((grant) => `${placeOf(grant)} ${grant.profile}`));
  const lost = grants.filter((grant) => !has.has(`${placeOf(grant)} ${grant.profile}`));
  const messages = lost.map(
    ({ subject, namespace, profile }) =>
      `${subject} ${change === 'Added' ? 'gains' : 'loses'} the rights of ClusterRole ${profile} in namespace ${namespace}`,
  );
  return [...new Set(messages)].map((message): Difference => ({ area: 'rights', change, message }));
};

/** The rights that Roles and RoleBindings of the policies give to subjects, and take from them. */
export const compareRights = (
  before: readonly ContainerSecurityPolicy[],
  after: readonly ContainerSecurityPolicy[],
): Difference[] => {
  const [was, is] = [granted(before), granted(after)];
  return [
    ...grantSentences(is.grants, was.grants, 'Added'),
    ...sentences(missing(is.rights, was.rights), 'Added'),
    ...grantSentences(was.grants, is.grants, 'Removed'),
    ...sentences(missing(was.rights, is.rights), 'Removed'),
  ];
};

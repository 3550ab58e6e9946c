import type { AccessSection, FreeRole, Profile, Subject } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';
import { MAX_LINE, printable } from '../../text/printable.ts';

/** config/rbac/profiles.yaml in words. */
const PROFILES: Readonly<Record<Profile, string>> = {
  viewer:
    'read workloads, pods and their logs, Services, ConfigMaps, volume claims, Ingresses, network and security policies, image scans and their reports, but no Secrets',
  deployer:
    'read pods and logs, and create, change and delete workloads, Services, ConfigMaps, volume claims and Ingresses; ' +
    'they may not read Secrets, but the workloads that they deploy can use every Secret and ServiceAccount in the namespace',
  admin:
    'do everything that deployer allows, and also create, change and delete pods, exec into them, forward their ports, and read and change Secrets',
};

const subject = ({ kind, name }: Subject): string =>
  kind === 'ServiceAccount' ? `ServiceAccount ${name} of this namespace` : `${kind} ${printable(name)}`;

const subjects = (all: readonly Subject[]): string => listed(all.map(subject));

type Rule = FreeRole['rules'][number];

const resource = (name: string, group: string): string => {
  const [kind = '', ...sub] = name.split('/');
  return [group === '' ? kind : `${kind}.${group}`, ...sub].join('/');
};

const rule = ({ apiGroups, resources, resourceNames, verbs }: Rule): string => {
  // As the API server reads it: every resource in every group.
  const what = apiGroups.flatMap((group) => resources.map((name) => resource(name, group)));
  const named = resourceNames === undefined ? '' : `, only those named ${listed(resourceNames, 'or')}`;
  return printable(`${listed(verbs)} ${listed(what)}${named}`, MAX_LINE);
};

/** The permissions that a policy grants, line by line. */
export const explainAccess = (section: AccessSection | undefined): string[] => {
  const bindings = (section?.bindings ?? []).map(
    (b) => `  ${subjects(b.subjects)} may (profile ${b.profile}) ${PROFILES[b.profile]}.`,
  );
  const roles = (section?.roles ?? []).flatMap((role) => [
    `  ${subjects(role.subjects)} may (role ${role.name}):`,
    ...role.rules.map((r) => `    - ${rule(r)}`),
  ]);
  if (bindings.length + roles.length === 0) return ['Access: this policy grants no permissions.'];
  const ceiling =
    roles.length === 0
      ? []
      : ['  The API server rejects a role with permissions that the operator itself does not have.'];
  return ['Access: in this namespace only, in addition to existing permissions', ...bindings, ...roles, ...ceiling];
};

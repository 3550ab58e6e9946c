import type { AuditedRequest } from './request.ts';

/** The smallest part of a rule: one verb on one resource. */
export interface Right {
  /** As in `ClusterRole palisade`. */
  readonly role: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as in pods/log. */
  readonly resource: string;
  /** Absent: objects of any name. */
  readonly name?: string;
}

/** A ClusterRole or Role, as far as it gives rights on resources. */
export interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

export const rightsOf = ({ kind, metadata, rules }: Role): Right[] =>
  rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames ?? [undefined]).map((name) => ({
            role: `${kind} ${metadata.name}`,
            verb,
            group,
            resource,
            ...(name !== undefined && { name }),
          })),
        ),
      ),
    ),
  );

export const covers = (right: Right, request: AuditedRequest): boolean =>
  right.verb === request.verb &&
  right.group === request.group &&
  right.resource === request.resource &&
  (right.name === undefined || right.name === request.name);

/** As in `list validatingadmissionpolicies.admissionregistration.k8s.io palisade-trusted-images`. */
export const described = ({ verb, group, resource, name }: Omit<Right, 'role'>): string => {
  const [plural = resource, subresource] = resource.split('/');
  const whole = `${plural}${group && `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${whole}${name === undefined ? '' : ` ${name}`}`;
};

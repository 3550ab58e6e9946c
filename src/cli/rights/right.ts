import type { PolicyRule } from 'kubernetes-types/rbac/v1.js';

/** One right of a rule of RBAC, or one that is asked for. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent: every object. */
  readonly name?: string;
}

export const rightsOf = ({ apiGroups = [], resources = [], resourceNames, verbs }: PolicyRule): Right[] =>
  apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      (resourceNames?.length ? resourceNames : [undefined]).flatMap((name) =>
        verbs.map((verb) => ({ verb, group, resource, ...(name !== undefined && { name }) })),
      ),
    ),
  );

const coversResource = (has: string, asked: string): boolean =>
  has === '*' || has === asked || (has.startsWith('*/') && asked.endsWith(has.slice(1)));

/** As RBAC compares them. */
export const covers = (has: Right, asked: Right): boolean =>
  (has.verb === '*' || has.verb === asked.verb) &&
  (has.group === '*' || has.group === asked.group) &&
  coversResource(has.resource, asked.resource) &&
  (has.name === undefined || has.name === asked.name);

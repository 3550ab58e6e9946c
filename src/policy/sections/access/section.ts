import type { AccessSection, ContainerSecurityPolicy, Sections } from '../../../api/policy.ts';
import { plural } from '../../../text/plural.ts';
import type { CachedChild } from '../../children/cached-child.ts';
import type { Child, RoleBindingChild } from '../../children/kinds.ts';
import { nameConflict } from '../../children/problems.ts';
import type { Change, PolicyChildren } from '../../children/writer.ts';
import { failed, type SectionOutcome } from '../../status/outcome.ts';
import { enforcedSpec, type Section, type SectionPreview, type SectionResult } from '../section.ts';
import { type RenderedAccess, renderAccess } from './render.ts';

const NONE: RenderedAccess = { roles: [], bindings: [] };

/** One refused role does not keep the others back, so every object is tried; an error that may pass is retried first. */
const summarize = (rendered: RenderedAccess, failures: readonly SectionOutcome[]): SectionOutcome => {
  const worst =
    failures.find((f) => f.state === 'Retrying') ?? failures.find((f) => f.state === 'Stalled') ?? failures[0];
  if (worst !== undefined) {
    const waits = failures.filter((f) => f.state === worst.state).flatMap((f) => f.retryAfterMs ?? []);
    const message = [...new Set(failures.map((f) => f.message))].join('. ');
    return { ...worst, message, ...(waits.length > 0 && { retryAfterMs: Math.max(...waits) }) };
  }
  const { roles, bindings } = rendered;
  return {
    section: 'Access',
    state: 'InForce',
    reason: 'Applied',
    message: `${plural(roles.length, 'Role')} and ${plural(bindings.length, 'RoleBinding')} in force`,
  };
};

/**
 * Applies Roles, then the RoleBindings to them, then deletes those that are not wanted, bindings first.
 * @param access undefined: none is wanted
 */
const apply = async (
  policy: ContainerSecurityPolicy,
  access: AccessSection | undefined,
  children: PolicyChildren,
): Promise<SectionResult> => {
  const rendered = access === undefined ? NONE : renderAccess(policy.metadata, access);
  const changes: Change[] = [];
  const failures: SectionOutcome[] = [];
  const refused = new Set<string>();
  const attempt = async (name: string, act: () => Promise<Change | undefined>): Promise<void> => {
    try {
      const change = await act();
      if (change !== undefined) changes.push(change);
    } catch (error) {
      refused.add(name);
      failures.push(failed('Access', error));
    }
  };
  // A Role is deleted after the bindings to it.
  const ensure = (child: Child) =>
    attempt(`${child.kind}/${child.metadata.name}`, () => children.ensure(child, { kept: child.kind === 'Role' }));
  // A Role that may not change still exists with its old rules, and its subjects may have become fewer.
  const exists = (role: string): boolean => children.owned('Role').some((r) => r.metadata.name === role);
  const isBindable = ({ roleRef }: RoleBindingChild): boolean =>
    !refused.has(`${roleRef.kind}/${roleRef.name}`) || exists(roleRef.name);
  const isStale = (wanted: readonly Child[]) => (live: CachedChild) =>
    !wanted.some((w) => w.metadata.name === live.metadata.name);

  for (const role of rendered.roles) await ensure(role);
  for (const binding of rendered.bindings) {
    if (isBindable(binding)) await ensure(binding);
    // So that one look at the status shows all that must be done.
    else
      for (const taken of children.conflicts([binding]))
        failures.push(failed('Access', nameConflict(taken, policy.metadata)));
  }
  const stale = [
    ...children.owned('RoleBinding').filter(isStale(rendered.bindings)),
    ...children.owned('Role').filter(isStale(rendered.roles)),
  ];
  for (const live of stale) await attempt(`${live.kind}/${live.metadata.name}`, () => children.delete(live));

  if (access === undefined)
    return failures.length === 0 ? { changes } : { changes, outcome: summarize(rendered, failures) };
  const status = { roles: children.owned('Role').length, bindings: children.owned('RoleBinding').length };
  return { changes, status: { access: status }, outcome: summarize(rendered, failures) };
};

const preview = ({ metadata }: ContainerSecurityPolicy, { access }: Sections): SectionPreview => {
  if (access === undefined) return {};
  const { roles, bindings } = renderAccess(metadata, access);
  return { children: [...roles, ...bindings] };
};

/** Keeps the Roles and RoleBindings of spec.access. */
export const accessSection = (): Section => ({
  name: 'Access',
  enforce: (policy, children) => apply(policy, enforcedSpec(policy).access, children),
  withdraw: (policy, children) => apply(policy, undefined, children),
  preview: async (policy, wanted) => preview(policy, wanted),
});

import type { AccessSection, ContainerSecurityPolicy, PolicyStatus } from '../../../api/policy.ts';
import type { Child } from '../../children/kinds.ts';
import type { ChildView } from '../../children/view.ts';
import type { Change, ChildWriter } from '../../children/writer.ts';
import { failed, type Outcome } from '../../outcome.ts';
import { type RenderedAccess, type RoleBindingChild, renderAccess } from './render.ts';

export interface AccessResult {
  readonly status?: NonNullable<PolicyStatus['access']>;
  /** Absent when the policy has no such section. */
  readonly outcome?: Outcome;
  readonly changes: readonly Change[];
}

const NONE: RenderedAccess = { roles: [], bindings: [] };

/** One refused role does not keep the others back, so every object is tried; what may pass is worth another try first. */
const summarise = (rendered: RenderedAccess, failures: readonly Outcome[]): Outcome => {
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
    message: `${roles.length} Roles and ${bindings.length} RoleBindings in force`,
  };
};

/**
 * Puts an access section in force: Roles, then RoleBindings to them, then away with what is not wanted, bindings first.
 * @param access undefined: nothing is to be there
 */
export const runAccessStep = async (
  policy: ContainerSecurityPolicy,
  access: AccessSection | undefined,
  writer: ChildWriter,
): Promise<AccessResult> => {
  const rendered = access === undefined ? NONE : renderAccess(policy.metadata, access);
  const changes: Change[] = [];
  const failures: Outcome[] = [];
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
  const ensure = (child: Child) => attempt(`${child.kind}/${child.metadata.name}`, () => writer.ensure(child, policy));
  // A Role that may not change is still there with its old rules, and its subjects may have become fewer.
  const isThere = (role: string): boolean => writer.owned('Role', policy).some((r) => r.metadata.name === role);
  const bindable = ({ roleRef }: RoleBindingChild): boolean =>
    !refused.has(`${roleRef.kind}/${roleRef.name}`) || isThere(roleRef.name);
  const isStale = (wanted: readonly Child[]) => (live: ChildView) =>
    !wanted.some((w) => w.metadata.name === live.metadata.name);

  for (const role of rendered.roles) await ensure(role);
  for (const binding of rendered.bindings.filter(bindable)) await ensure(binding);
  const stale = [
    ...writer.owned('RoleBinding', policy).filter(isStale(rendered.bindings)),
    ...writer.owned('Role', policy).filter(isStale(rendered.roles)),
  ];
  for (const live of stale) await attempt(`${live.kind}/${live.metadata.name}`, () => writer.delete(live, policy));

  if (access === undefined)
    return failures.length === 0 ? { changes } : { changes, outcome: summarise(rendered, failures) };
  const status = { roles: writer.owned('Role', policy).length, bindings: writer.owned('RoleBinding', policy).length };
  return { changes, status, outcome: summarise(rendered, failures) };
};

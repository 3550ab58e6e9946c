import { isDeepStrictEqual } from 'node:util';
import type { ContainerSecurityPolicy, PolicyStatus, Sections } from '../api/policy.ts';
import { classify, type ErrorClass } from '../kube/rest/errors.ts';
import { printable } from '../text/printable.ts';
import type { CachedPolicy } from './caches.ts';
import { type CachedChild, samePayload } from './children/cached-child.ts';
import { CHILD_TYPES, type Child, type ChildKind } from './children/kinds.ts';
import type { PolicyChildren } from './children/writer.ts';
import type { Section, SectionPreview } from './sections/section.ts';
import { failed, type SectionOutcome } from './status/outcome.ts';

/** The schema's bounds on the fields of status.preview. */
const MAX_NAMES = 64;
const MAX_CHANGE = 16;
const MAX_REFUSED = 16;
const MAX_LENGTH = 1024;

/** Failures that mode Enforce would have too. */
const REFUSALS: readonly ErrorClass[] = [
  'EscalationRefused',
  'AdmissionRefused',
  'Invalid',
  'Forbidden',
  'AlreadyExists',
  'QuotaExceeded',
];

const KINDS = Object.keys(CHILD_TYPES) as ChildKind[];
const SECTIONS = ['network', 'podSecurity', 'access', 'images', 'scan'] as const satisfies (keyof Sections)[];

type PreviewStatus = NonNullable<PolicyStatus['preview']>;

/** The sections that status.preview is about; undefined: there is nothing to preview. */
export const previewedSections = ({ spec }: ContainerSecurityPolicy): Sections | undefined =>
  spec.mode === 'Audit' ? spec : spec.proposed;

/** The sections in which a proposal differs, as `network: changed`. */
export const changedSections = (spec: Sections, proposed: Sections): string[] =>
  SECTIONS.filter((name) => !isDeepStrictEqual(spec[name], proposed[name])).map((name) => {
    const how = spec[name] === undefined ? 'added' : proposed[name] === undefined ? 'removed' : 'changed';
    return `${name}: ${how}`;
  });

interface Difference {
  readonly create: readonly Child[];
  readonly update: readonly Child[];
  readonly remove: readonly CachedChild[];
}

/** The difference between the objects that exist for a policy and those that would be generated. */
export const difference = (live: readonly CachedChild[], wanted: readonly Child[]): Difference => {
  const keyOf = ({ kind, metadata }: CachedChild | Child): string => `${kind}/${metadata.name}`;
  // An object that is being deleted would be created again.
  const staying = new Map(
    live.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((child) => [keyOf(child), child]),
  );
  const kept = new Set(wanted.map(keyOf));
  return {
    create: wanted.filter((child) => !staying.has(keyOf(child))),
    update: wanted.filter((child) => {
      const now = staying.get(keyOf(child));
      return now !== undefined && !samePayload(now, child);
    }),
    remove: [...staying.values()].filter((child) => !kept.has(keyOf(child))),
  };
};

const describe = ({ kind, metadata }: Child | CachedChild): string => `${kind}/${metadata.name}`;

/** @throws ApiError that does not concern the object */
const dryRunAll = async (objects: readonly Child[], children: PolicyChildren): Promise<string[]> => {
  const refused: string[] = [];
  for (const child of objects) {
    try {
      await children.dryRun(child);
    } catch (error) {
      const failure = classify(error);
      // A dry run creates no Role, so a binding to it is refused.
      if (failure === 'RoleNotFound') continue;
      if (!REFUSALS.includes(failure)) throw error;
      refused.push(printable(`${describe(child)}: ${(error as Error).message}`, MAX_LENGTH));
    }
  }
  return refused;
};

const names = (objects: readonly (Child | CachedChild)[]): string[] => objects.map(describe).slice(0, MAX_NAMES);

const toStatus = (
  { create, update, remove }: Difference,
  refused: readonly string[],
  previews: readonly SectionPreview[],
): PreviewStatus => {
  const labels = previews.flatMap((p) => p.labels ?? []);
  return {
    create: names(create),
    ...(update.length > 0 && { update: names(update) }),
    ...(remove.length > 0 && { delete: names(remove) }),
    ...(refused.length > 0 && { refused: refused.slice(0, MAX_REFUSED) }),
    ...(previews.some((p) => p.labels !== undefined) && { change: labels.slice(0, MAX_CHANGE) }),
    ...Object.assign({}, ...previews.map((p) => p.status)),
  };
};

export interface Preview {
  readonly status?: PreviewStatus;
  /** Only after an error. */
  readonly outcome?: SectionOutcome;
}

/** The effects that sections would have in place of those in force. Writes nothing: dry runs only. */
export const previewPolicy = async (
  policy: CachedPolicy,
  wanted: Sections,
  sections: readonly Section[],
  children: PolicyChildren,
): Promise<Preview> => {
  const previews: SectionPreview[] = [];
  for (const section of sections) {
    const preview = await section.preview(policy, wanted);
    if (preview.outcome !== undefined) return { outcome: preview.outcome };
    previews.push(preview);
  }
  const live = KINDS.flatMap((kind) => children.owned(kind));
  const found = difference(
    live,
    previews.flatMap((p) => p.children ?? []),
  );
  try {
    return { status: toStatus(found, await dryRunAll([...found.create, ...found.update], children), previews) };
  } catch (error) {
    return { outcome: failed('Policy', error) };
  }
};

/** status.preview of spec.proposed. An error concerns the preview only, since the sections of spec are in force. */
export const proposalStatus = (
  { spec }: ContainerSecurityPolicy,
  proposed: Sections,
  { status, outcome }: Preview,
): PreviewStatus => {
  const sections = changedSections(spec, proposed);
  return {
    ...(sections.length > 0 && { sections }),
    ...(outcome === undefined ? status : { problem: printable(outcome.message, MAX_LENGTH) }),
  };
};

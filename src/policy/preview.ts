import type { PolicyStatus } from '../api/policy.ts';
import { classify, type ErrorClass } from '../kube/rest/errors.ts';
import { printable } from '../text/printable.ts';
import type { CachedPolicy } from './caches.ts';
import type { Child } from './children/kinds.ts';
import type { PolicyChildren } from './children/writer.ts';
import type { Section, SectionPreview } from './sections/section.ts';
import { failed, type SectionOutcome } from './status/outcome.ts';

/** The schema's bounds on the lists of status.preview. */
const MAX_CREATE = 64;
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

const describe = ({ kind, metadata }: Child): string => `${kind}/${metadata.name}`;

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

export interface Preview {
  readonly status?: NonNullable<PolicyStatus['preview']>;
  /** Only after an error. */
  readonly outcome?: SectionOutcome;
}

/** The objects that mode Enforce would create, with refusals, and its other effects. Writes nothing: dry runs only. */
export const previewPolicy = async (
  policy: CachedPolicy,
  sections: readonly Section[],
  children: PolicyChildren,
): Promise<Preview> => {
  const previews: SectionPreview[] = [];
  for (const section of sections) {
    const preview = await section.preview(policy);
    if (preview.outcome !== undefined) return { outcome: preview.outcome };
    previews.push(preview);
  }
  const objects = previews.flatMap((p) => p.children ?? []);
  try {
    const refused = await dryRunAll(objects, children);
    return {
      status: {
        create: objects.map(describe).slice(0, MAX_CREATE),
        ...(refused.length > 0 && { refused: refused.slice(0, MAX_REFUSED) }),
        ...Object.assign({}, ...previews.map((p) => p.status)),
      },
    };
  } catch (error) {
    return { outcome: failed('Policy', error) };
  }
};

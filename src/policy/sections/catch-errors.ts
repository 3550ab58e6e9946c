import type { CachedPolicy } from '../caches.ts';
import { failed, type SectionName } from '../status/outcome.ts';
import type { SectionStatus } from '../status/status.ts';
import type { Section } from './section.ts';

/** Sections with a field in the status; it has the name of the spec's field. */
const FIELDS = { Network: 'network', PodSecurity: 'podSecurity', Access: 'access', Images: 'images' } as const;

/** The last known status, since an error gives no newer one. */
const lastStatus = ({ spec, status }: CachedPolicy, name: Exclude<SectionName, 'Scan'>): SectionStatus => {
  const field = FIELDS[name];
  const before = spec[field] && status?.[field];
  return before === undefined ? {} : { [field]: before };
};

/** The section with an outcome for every error, so that an error of one section does not stop the others. */
export const catchErrors = (section: Section): Section => {
  const { name } = section;
  return {
    name,
    enforce: async (policy, children) => {
      try {
        return await section.enforce(policy, children);
      } catch (error) {
        return { outcome: failed(name, error), ...(name !== 'Scan' && { status: lastStatus(policy, name) }) };
      }
    },
    withdraw: async (policy, children) => {
      try {
        return await section.withdraw(policy, children);
      } catch (error) {
        return { outcome: failed(name, error) };
      }
    },
    preview: async (policy, wanted) => {
      try {
        return await section.preview(policy, wanted);
      } catch (error) {
        // Not an outcome of the section: `enforce` gives that one, and each section has one condition.
        const { message, ...outcome } = failed('Policy', error);
        return { outcome: { ...outcome, message: `preview of ${name}: ${message}` } };
      }
    },
  };
};

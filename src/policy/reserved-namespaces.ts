import type { SectionOutcome } from './status/outcome.ts';

/** @param reserved names, or prefixes that end in `*`; config/admission/reserved-namespaces.yaml compares them alike */
export const isReserved = (namespace: string, reserved: readonly string[]): boolean =>
  reserved.some((r) => (r.endsWith('*') ? namespace.startsWith(r.slice(0, -1)) : namespace === r));

/**
 * Of a policy in such a namespace.
 * @param enforcesImages the API server still enforces the policy's image rules
 */
export const namespaceReserved = (namespace: string, enforcesImages = false): SectionOutcome => ({
  section: 'Policy',
  state: 'Stalled',
  reason: 'NamespaceReserved',
  message:
    `namespace ${namespace} is reserved: no policy takes effect in it, and nothing in it is created, changed or repaired. ` +
    (enforcesImages
      ? 'Only its image rules are still in force, because the match condition not-reserved of ValidatingAdmissionPolicy ' +
        'palisade-trusted-images does not list the namespace. '
      : '') +
    'Delete this policy; or have a cluster administrator remove the namespace from --reserved-namespaces and from ' +
    'ValidatingAdmissionPolicy palisade-reserved-namespaces',
});

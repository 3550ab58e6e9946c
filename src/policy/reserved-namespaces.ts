import type { SectionOutcome } from './status/outcome.ts';

/** @param reserved names, or prefixes that end in `*`; config/admission/reserved-namespaces.yaml compares them alike */
export const isReserved = (namespace: string, reserved: readonly string[]): boolean =>
  reserved.some((r) => (r.endsWith('*') ? namespace.startsWith(r.slice(0, -1)) : namespace === r));

/** Of a policy in such a namespace. */
export const namespaceReserved = (namespace: string): SectionOutcome => ({
  section: 'Policy',
  state: 'Stalled',
  reason: 'NamespaceReserved',
  message:
    `namespace ${namespace} is reserved: no policy takes effect in it, and nothing in it is created, changed or repaired. ` +
    'Delete this policy; or have a cluster administrator remove the namespace from --reserved-namespaces and from ' +
    'ValidatingAdmissionPolicy palisade-reserved-namespaces',
});

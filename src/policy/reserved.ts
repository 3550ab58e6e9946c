import type { Outcome } from './outcome.ts';

/** @param reserved names, or prefixes that end in `*`; config/admission/reserved-namespaces.yaml compares them alike */
export const isReserved = (namespace: string, reserved: readonly string[]): boolean =>
  reserved.some((r) => (r.endsWith('*') ? namespace.startsWith(r.slice(0, -1)) : namespace === r));

/** Of a policy in such a namespace: it lasts until the platform says otherwise, so nothing is tried again. */
export const namespaceReserved = (namespace: string): Outcome => ({
  section: 'Policy',
  state: 'Stalled',
  reason: 'NamespaceReserved',
  message:
    `namespace ${namespace} is reserved: no policy takes effect in it, and nothing in it is created, changed or repaired. ` +
    'Delete this policy; or have a cluster administrator take the namespace out of --reserved-namespaces and out of ' +
    'ValidatingAdmissionPolicy palisade-reserved-namespaces',
});

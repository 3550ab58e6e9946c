/** Keys of labels, annotations and finalizers, and the names under which Palisade writes. */
import { GROUP } from './group.ts';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'palisade';
/** On a generated object: the policy that it comes from. A filter for people; identity is the owner's UID. */
export const POLICY_LABEL = `${GROUP}/policy`;

/** On a policy, any value: reconcile now. The value that was acted on is in status.lastHandledReconcileAt. */
export const RECONCILE_ANNOTATION = `${GROUP}/reconcile-requested-at`;

/** On an ImageScan, any value: scan all its images now. The value that was acted on is in status.lastHandledRescanAt. */
export const RESCAN_ANNOTATION = `${GROUP}/rescan-requested-at`;

/** On a namespace with image rules: the API server evaluates rules only there, so that they cannot harm other namespaces. */
export const TRUSTED_IMAGES_LABEL = `${GROUP}/trusted-images`;

/** On such a namespace, before the UID of a policy: an annotation with the image rules of that policy that are in force. */
export const ENFORCED_IMAGES_PREFIX = `enforced-images.${GROUP}/`;

/** Holds a policy until what it generated is withdrawn in a safe order. */
export const FINALIZER = `${GROUP}/withdraw`;

/** Audience of tokens for the report endpoint: a token for it is nothing to the API server, and the other way round. */
export const REPORT_AUDIENCE = `${GROUP}/report`;

/** Has such a token, for the way through the API server's proxy, which removes the header Authorization. */
export const REPORT_TOKEN_HEADER = 'x-palisade-token';

/** Field managers of server-side apply: one per concern, so that each can release exactly its own fields. */
export const FIELD_MANAGERS = {
  network: 'palisade-network',
  access: 'palisade-access',
  podSecurity: 'palisade-pod-security',
  images: 'palisade-images',
  scan: 'palisade-scan',
  openReports: 'palisade-openreports',
  status: 'palisade-status',
  finalizer: 'palisade-finalizer',
} as const;

export const isOurManager = (manager: string): boolean => (Object.values(FIELD_MANAGERS) as string[]).includes(manager);

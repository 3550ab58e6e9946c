import { MANAGED_BY, MANAGED_BY_LABEL } from '../../api/keys.ts';
import { type ReasonInfo, ready, reconciling, stalled } from '../../api/reason.ts';
import { perDuration } from '../../text/duration-in-words.ts';
import { MAX_WRITES, REFILL_MS } from '../children/pacer.ts';
import { MAX_NETWORK_POLICIES_MIB, MAX_NETWORK_POLICY_MIB, MAX_OVERLAPS } from '../limits.ts';

const CONFLICT = reconciling('another writer changed the object first; retried with exponential backoff');
const UNAVAILABLE = reconciling(
  'the API server or an admission webhook did not answer correctly; retried with exponential backoff',
  'if it persists, check the API server or the webhook that the message names',
);

/** Every reason that a condition of a policy can have. docs/reference and the messages of refusals are made from it. */
export const REASONS = {
  InForce: ready('every section is in force'),
  Applied: ready('every object of the section exists as the policy says'),
  Enforced: ready('the namespace enforces the section'),
  Audit: ready('nothing is in force, because mode is Audit', 'read status.preview, then set mode: Enforce'),
  DisallowedPods: ready(
    'existing pods or workloads use images that the rules disallow; in mode Enforce, such pods cannot be created again',
    'change the images that the message names, or allow them',
  ),
  RulesWithoutEffect: ready(
    'the NetworkPolicies exist, but a rule or a peer of a rule allows nothing: its selectors contradict podSelector or themselves',
    'correct the selectors that the message names',
  ),
  Empty: ready('the policy has no section', 'add a section'),
  StricterElsewhere: ready(
    'the namespace enforces a stricter level than this policy requests; status.podSecurity.decidedBy names the policy or the field manager that sets it',
  ),
  Suspended: ready(
    'not reconciled while suspended: counts and levels in the status are those before the suspension, and the conditions become Unknown',
    'set suspend: false',
  ),

  ViolatingPods: reconciling(
    'existing pods violate the level, so the namespace does not enforce it yet',
    'fix or delete the pods that the message names, finished pods too; or set onViolation: Enforce',
  ),
  ViolatingImages: reconciling(
    'running pods or workloads use images that the rules disallow, so the API server warns of such images and does not refuse them yet; rules that were in force before stay in force',
    'change the images that the message names, or allow them; or set images.onViolation: Enforce',
  ),
  CheckIncomplete: reconciling(
    'the API server checked only some pods of the namespace, and found no violation among them',
    'split the namespace, or set onViolation: Enforce',
  ),
  ApiServerUnknown: reconciling(
    'allow.apiServer is set, but no address of the API server is known; addresses that were known stay allowed for five minutes',
    'check the EndpointSlices of Service default/kubernetes',
  ),
  DnsUnknown: reconciling(
    "allow.dns is in effect, but the operator does not find the cluster's DNS where --dns-peers locates it, so pods may be unable to resolve names",
    'the message names the cause: have a cluster operator use --dns-peers auto, name the Service with --dns-service, or correct --dns-peers (docs/compatibility.md); set allow.dns: false for pods that resolve no names',
  ),
  HeldByFinalizers: reconciling(
    'a generated object is being deleted and finalizers of another client keep it; it still takes effect',
    "ask the finalizer's owner (named in the message) to remove it",
  ),
  DriftStorm: reconciling(
    `another client keeps changing a generated object: reverted ${MAX_WRITES} times; corrected at most once per ${perDuration(REFILL_MS)} from now on`,
    'stop the client that writes to it: the message names its field manager',
  ),
  NamespaceUnknown: reconciling('the operator has not seen the namespace yet'),
  NamespaceTerminating: reconciling('the namespace is being deleted'),
  Conflict: CONFLICT,
  AlreadyExists: CONFLICT,
  FieldManagerConflict: CONFLICT,
  NotFound: CONFLICT,
  Expired: CONFLICT,
  TooManyRequests: UNAVAILABLE,
  Unavailable: UNAVAILABLE,
  Network: UNAVAILABLE,
  AdmissionFailed: UNAVAILABLE,
  Failed: UNAVAILABLE,
  RoleNotFound: reconciling('the ClusterRole of an access profile is missing; retried', 'kubectl apply -k config/rbac'),
  Unauthorized: reconciling(
    "the API server does not accept the operator's credentials; retried",
    'renew its token or certificate',
  ),

  EscalationRefused: stalled(
    'access.roles requests rights that the operator does not hold',
    'the operator may grant only rights that it holds itself: request fewer rights, or have a cluster administrator extend ClusterRole palisade-grantable',
  ),
  LabelConflict: stalled(
    'another field manager owns a Pod Security label with a weaker value, and Palisade does not overwrite it',
    'have its owner set the value that the message names, or release the label',
  ),
  NotComparable: stalled(
    'another policy has a Pod Security level of another version in force, and the requested one is neither stricter nor weaker',
    'set podSecurity.version of both policies to the same value; without it, the version is latest',
  ),
  Exempt: stalled(
    'the API server exempts the namespace from Pod Security, so its labels have no effect',
    "remove the namespace from exemptions.namespaces in the API server's PodSecurityConfiguration",
  ),
  PodSecurityDisabled: stalled(
    'the admission plugin PodSecurity of the API server is off, so the labels have no effect',
    'remove PodSecurity from --disable-admission-plugins of the API server',
  ),
  NotVerified: stalled(
    'a dry run of the Pod Security label is refused, changed, or returns a warning that Palisade does not know, so it is unknown whether the level is in force',
    "exempt the operator's account from the admission policy or webhook that the message shows; otherwise run a newer release",
  ),
  NameConflict: stalled(
    'an object of that name exists and was not created by this policy, or a generated object has another controller now',
    'delete or rename that object, or rename the policy; checked again as soon as the object is deleted. After a restore from a backup, palisade adopt takes the objects over',
  ),
  ChangedByAdmission: stalled(
    'admission stored a generated object, or the label of the namespace, differently from what the operator wrote',
    `exempt the operator's account, or exclude ${MANAGED_BY_LABEL}=${MANAGED_BY} from the MutatingAdmissionPolicy or webhook that changes it`,
  ),
  TooManyOverlaps: stalled(
    `the pods of the rules overlap in more than ${MAX_OVERLAPS} combinations, as those of seven rules for seven different labels do`,
    'select them by different values of one label, or split the policy',
  ),
  TooLarge: stalled(
    `a NetworkPolicy would have more than ${MAX_NETWORK_POLICY_MIB} MiB, or those of the policy more than ${MAX_NETWORK_POLICIES_MIB} MiB together: each repeats the rules of its pods`,
    'name fewer peers, select pods by fewer labels, or split the policy',
  ),
  SelectsNoPod: stalled(
    'network.podSelector contradicts itself, so the section isolates no pod',
    'correct the requirements that the message names',
  ),
  AdmissionRefused: stalled(
    'an admission policy or webhook of the cluster refuses a generated object',
    'change the policy, or the admission policy or webhook that refuses what it generates',
  ),
  NamespaceReserved: stalled(
    'no policy takes effect in this namespace',
    'delete the policy, or remove the namespace from the list (docs/SECURITY.md)',
  ),
  UnsupportedSpec: stalled(
    'the spec has a field or value of a newer release than the running operator, so nothing of the policy is changed',
    'run the release that the CustomResourceDefinition is from, or remove the field',
  ),
  AdmissionPolicyMissing: stalled(
    'the admission policy that enforces spec.images is not installed, or no binding has the action that the mode needs',
    'kubectl apply -k config/admission',
  ),
  AdmissionPolicyChanged: stalled(
    'the admission policy that enforces spec.images, or its binding, differs from config/admission so that it can be weaker',
    'kubectl apply -k config/admission; docs/SECURITY.md has the patches that are allowed',
  ),
  QuotaExceeded: stalled('a ResourceQuota of the namespace is used up', 'raise the ResourceQuota, or free some of it'),
  Invalid: stalled(
    'the API server does not accept an object that the policy generates',
    'change the field of the policy that the value comes from',
  ),
  Forbidden: stalled(
    'the operator lacks a right that it needs',
    'apply config/rbac, which grants the operator the rights that it needs',
  ),
} as const satisfies Record<string, ReasonInfo>;

export type Reason = keyof typeof REASONS;

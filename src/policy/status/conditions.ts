import type { ConditionInfo } from '../../api/reason.ts';
import type { SectionName } from './outcome.ts';
import { REASONS, type Reason } from './reasons.ts';

type ConditionType = 'Ready' | `${SectionName}Ready` | 'Reconciling' | 'Stalled';

const inState = (state: (typeof REASONS)[Reason]['state']): Reason[] =>
  (Object.keys(REASONS) as Reason[]).filter((reason) => REASONS[reason].state === state);

/** Of a policy that is not reconciled. */
const AT_REST = ['Suspended', 'UnsupportedSpec'] as const;

/** Of every section: answers of the API server. */
const REQUEST_FAILED = [
  'NamespaceTerminating',
  'Conflict',
  'AlreadyExists',
  'FieldManagerConflict',
  'NotFound',
  'Expired',
  'TooManyRequests',
  'Unavailable',
  'Network',
  'AdmissionFailed',
  'Failed',
  'Unauthorized',
  'AdmissionRefused',
  'QuotaExceeded',
  'Invalid',
  'Forbidden',
] as const;

const SECTION = [...AT_REST, ...REQUEST_FAILED] as const;

/** Of every section that generates objects. */
const GENERATING = [
  'Applied',
  'HeldByFinalizers',
  'DriftStorm',
  'NameConflict',
  'ChangedByAdmission',
  ...SECTION,
] as const;

/** The conditions of a policy, each with the reasons that it can have. docs/reference is made from it. */
export const CONDITIONS: Readonly<Record<ConditionType, ConditionInfo<Reason>>> = {
  Ready: {
    meaning: 'the whole policy is in force; in mode Audit, status.preview is complete',
    reasons: ['InForce', 'Empty', 'Audit', 'Suspended', ...inState('Reconciling'), ...inState('Stalled')],
  },
  NetworkReady: {
    meaning: 'the NetworkPolicies of spec.network are in force',
    reasons: [
      'RulesWithoutEffect',
      'ApiServerUnknown',
      'DnsUnknown',
      'TooManyOverlaps',
      'TooLarge',
      'SelectsNoPod',
      ...GENERATING,
    ],
  },
  PodSecurityReady: {
    meaning: 'the namespace enforces the level of spec.podSecurity, or a stricter one',
    reasons: [
      'Enforced',
      'StricterElsewhere',
      'ViolatingPods',
      'CheckIncomplete',
      'NamespaceUnknown',
      'LabelConflict',
      'NotComparable',
      'Exempt',
      'PodSecurityDisabled',
      'NotVerified',
      ...SECTION,
    ],
  },
  AccessReady: {
    meaning: 'the Roles and RoleBindings of spec.access are in force',
    reasons: ['RoleNotFound', 'EscalationRefused', ...GENERATING],
  },
  ImagesReady: {
    meaning: 'the API server enforces spec.images; in mode Audit, it warns',
    reasons: [
      'Enforced',
      'Audit',
      'DisallowedPods',
      'ViolatingImages',
      'NamespaceUnknown',
      'AdmissionPolicyMissing',
      'AdmissionPolicyChanged',
      'ChangedByAdmission',
      ...SECTION,
    ],
  },
  ScanReady: {
    meaning: 'the ImageScan of spec.scan exists as the policy specifies it',
    reasons: GENERATING,
  },
  Reconciling: {
    meaning: 'the operator continues without help; absent otherwise',
    reasons: inState('Reconciling'),
  },
  Stalled: {
    meaning: 'a user must act; absent otherwise',
    reasons: inState('Stalled'),
  },
};

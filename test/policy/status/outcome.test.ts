import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError, NetworkError, type Verb } from '../../../src/kube/rest/errors.ts';
import type { Status } from '../../../src/kube/rest/status.ts';
import { DriftStormError, FinalizerHeldError, StalledError } from '../../../src/policy/errors.ts';
import { failed, type SectionOutcome, toSectionConditions } from '../../../src/policy/status/outcome.ts';
import type { Reason } from '../../../src/policy/status/reasons.ts';

interface Refusal {
  code: number;
  reason?: string;
  message: string;
  details?: NonNullable<Status['details']>;
  verb?: Verb;
  retryAfterSeconds?: number;
}

const REQUEST = 'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/team-a/roles/r';

const refused = ({ code, reason = '', message, details, verb = 'apply', retryAfterSeconds }: Refusal): ApiError =>
  new ApiError(
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...(details && { details }) },
    REQUEST,
    { verb, retryAfterSeconds },
  );

const ESCALATION =
  'roles.rbac.authorization.k8s.io "r" is forbidden: user "system:serviceaccount:palisade-system:palisade" (groups=["system:authenticated"]) ' +
  'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}';
const ADMISSION_POLICY =
  "roles.rbac.authorization.k8s.io \"r\" is forbidden: ValidatingAdmissionPolicy 'palisade-operator-roles' with binding 'palisade-operator-roles' denied request: no";
const BROKEN =
  "roles.rbac.authorization.k8s.io \"r\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: expression 'x' resulted in error: no such key: x";
const MISSING = 'rolebindings.rbac.authorization.k8s.io "palisade-nope" not found';
const ROLE_REF =
  'RoleBinding.rbac.authorization.k8s.io "c" is invalid: roleRef: Invalid value: {}: cannot change roleRef';
const QUOTA =
  'networkpolicies.networking.k8s.io "n" is forbidden: exceeded quota: q, requested: count/networkpolicies=1';
const NO_RIGHT =
  'networkpolicies.networking.k8s.io is forbidden: User "x" cannot create resource "networkpolicies" in API group "networking.k8s.io"';
const STALE = 'Operation cannot be fulfilled on roles "r": the object has been modified';

type Row = [what: string, error: unknown, outcome: Omit<SectionOutcome, 'section'>];

const stalled = (reason: Reason, message: string): Omit<SectionOutcome, 'section'> => ({
  state: 'Stalled',
  reason,
  message,
});
const retrying = (reason: Reason, message: string, retryAfterMs?: number): Omit<SectionOutcome, 'section'> => ({
  state: 'Retrying',
  reason,
  message: `${message}; retrying`,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

const rows: Row[] = [
  [
    'what is on its way out',
    new FinalizerHeldError('Role r is held', true),
    { state: 'Waiting', reason: 'HeldByFinalizers', message: 'Role r is held' },
  ],
  [
    'another client that undoes every repair',
    new DriftStormError('Role r is changed again', true, 40_000),
    { state: 'Waiting', reason: 'DriftStorm', message: 'Role r is changed again', retryAfterMs: 40_000 },
  ],
  [
    'rights that the operator does not hold',
    refused({ code: 403, reason: 'Forbidden', message: ESCALATION, details: { name: 'r', kind: 'roles' } }),
    stalled(
      'EscalationRefused',
      `the API server refused: ${ESCALATION.replace('\n', ' ')}; the operator may grant only rights that it holds itself: request fewer rights, or have a cluster administrator extend ClusterRole palisade-grantable`,
    ),
  ],
  [
    'an admission policy that refuses',
    refused({
      code: 403,
      reason: 'Forbidden',
      message: ADMISSION_POLICY,
      details: { causes: [{ message: ADMISSION_POLICY.slice(ADMISSION_POLICY.indexOf('ValidatingAdmissionPolicy')) }] },
    }),
    stalled(
      'AdmissionRefused',
      `the API server refused: ${ADMISSION_POLICY}; change the policy, or the admission policy or webhook that refuses what it generates`,
    ),
  ],
  [
    "an admission policy that is broken is not the user's fault",
    refused({
      code: 422,
      reason: 'Invalid',
      message: BROKEN,
      details: { causes: [{ message: BROKEN.slice(BROKEN.indexOf('ValidatingAdmissionPolicy')) }] },
    }),
    retrying('AdmissionFailed', `${REQUEST}: ${BROKEN} (422 Invalid)`),
  ],
  [
    'a right that the operator lacks',
    refused({ code: 403, reason: 'Forbidden', message: NO_RIGHT, details: { kind: 'networkpolicies' } }),
    stalled(
      'Forbidden',
      `the API server refused: ${NO_RIGHT}; apply config/rbac, which grants the operator the rights that it needs`,
    ),
  ],
  [
    'a used up quota',
    refused({ code: 403, reason: 'Forbidden', message: QUOTA, details: { kind: 'networkpolicies' } }),
    stalled('QuotaExceeded', `the API server refused: ${QUOTA}; raise the ResourceQuota, or free some of it`),
  ],
  [
    'a namespace that is going',
    refused({
      code: 403,
      reason: 'Forbidden',
      message:
        'roles "r" is forbidden: unable to create new content in namespace team-a because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
    }),
    { state: 'Waiting', reason: 'NamespaceTerminating', message: 'the namespace is being deleted' },
  ],
  [
    'a changed roleRef',
    refused({
      code: 422,
      reason: 'Invalid',
      message: ROLE_REF,
      details: { kind: 'RoleBinding', causes: [{ reason: 'FieldValueInvalid', field: 'roleRef' }] },
    }),
    stalled('Invalid', `the API server refused: ${ROLE_REF}; change the field of the policy that the value comes from`),
  ],
  [
    'a role that is missing may come',
    refused({
      code: 404,
      reason: 'NotFound',
      message: MISSING,
      details: { name: 'palisade-nope', kind: 'rolebindings' },
    }),
    retrying('RoleNotFound', `${REQUEST}: ${MISSING} (404 NotFound)`),
  ],
  [
    'a conflict of field managers: the cache is behind',
    refused({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kustomize-controller"',
            field: '.metadata.labels.pod-security.kubernetes.io/enforce',
          },
        ],
      },
    }),
    retrying('FieldManagerConflict', `${REQUEST}: Apply failed with 1 conflict (409 Conflict)`),
  ],
  [
    'a stale object',
    refused({ code: 409, reason: 'Conflict', message: STALE }),
    retrying('Conflict', `${REQUEST}: ${STALE} (409 Conflict)`),
  ],
  [
    'too many requests, in the body',
    refused({ code: 429, reason: 'TooManyRequests', message: 'later', details: { retryAfterSeconds: 3 } }),
    retrying('TooManyRequests', `${REQUEST}: later (429 TooManyRequests)`, 3000),
  ],
  [
    'too many requests, in the header',
    refused({ code: 429, reason: 'TooManyRequests', message: 'later', retryAfterSeconds: 0.5 }),
    retrying('TooManyRequests', `${REQUEST}: later (429 TooManyRequests)`, 500),
  ],
  [
    'a server that is not there',
    refused({ code: 503, message: 'Service Unavailable' }),
    retrying('Unavailable', `${REQUEST}: Service Unavailable (503)`),
  ],
  [
    'a token that ran out',
    refused({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' }),
    retrying('Unauthorized', `${REQUEST}: Unauthorized (401 Unauthorized)`),
  ],
  ['no answer', new NetworkError('no answer within 30 s'), retrying('Network', 'no answer within 30 s')],
  ['our own decision', new StalledError('TooManyOverlaps', 'too many'), stalled('TooManyOverlaps', 'too many')],
  ['a fault of ours', new TypeError('x is not a function'), retrying('Failed', 'x is not a function')],
  ['what is no error', 'text', retrying('Failed', 'text')],
];

for (const [what, error, outcome] of rows) {
  test(`${what}: ${outcome.state}, ${outcome.reason}`, () =>
    assert.equal(failed('Access', error), { section: 'Access', ...outcome }));
}

const outcome = (section: SectionOutcome['section'], state: SectionOutcome['state']): SectionOutcome => ({
  section,
  state,
  reason: 'Applied',
  message: 'text',
  retryAfterMs: 1,
});

const findings: [
  section: SectionOutcome['section'],
  state: SectionOutcome['state'],
  type: string | undefined,
  status?: string,
][] = [
  ['Network', 'InForce', 'NetworkReady', 'True'],
  ['Network', 'Waiting', 'NetworkReady', 'False'],
  ['PodSecurity', 'Retrying', 'PodSecurityReady', 'False'],
  ['Access', 'Stalled', 'AccessReady', 'False'],
  ['Policy', 'Stalled', undefined],
];

for (const [section, state, type, status] of findings) {
  test(`${section} ${state}: ${type === undefined ? 'no condition of its own' : `${type} ${status}`}`, () =>
    assert.equal(
      toSectionConditions([outcome(section, state)]),
      type === undefined ? [] : [{ type, status, reason: 'Applied', message: 'text' }],
    ));
}

test.run();

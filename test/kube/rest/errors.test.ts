import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ApiError,
  classify,
  type ErrorClass,
  isFutureVersion,
  NetworkError,
  type Verb,
} from '../../../src/kube/rest/errors.ts';
import { parseStatus } from '../../../src/kube/rest/status.ts';

type Row = [what: string, verb: Verb, request: string, code: number, body: string, failure: ErrorClass];

// Bodies as kube-apiserver 1.36.3 sent them.
const answers: Row[] = [
  [
    'a role beyond our rights',
    'apply',
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/roles/x',
    403,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"roles.rbac.authorization.k8s.io \"x\" is forbidden: user \"system:serviceaccount:palisade-system:palisade\" (groups=[\"system:serviceaccounts\" \"system:serviceaccounts:palisade-system\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\"]}","reason":"Forbidden","details":{"name":"x","group":"rbac.authorization.k8s.io","kind":"roles"},"code":403}`,
    'EscalationRefused',
  ],
  [
    'no RBAC right',
    'create',
    'POST /api/v1/namespaces/bodies/secrets',
    403,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"secrets is forbidden: User \"system:serviceaccount:palisade-system:palisade\" cannot create resource \"secrets\" in API group \"\" in the namespace \"bodies\"","reason":"Forbidden","details":{"kind":"secrets"},"code":403}`,
    'Forbidden',
  ],
  [
    'a binding to a ClusterRole that is missing',
    'apply',
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings/b',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rolebindings.rbac.authorization.k8s.io \"palisade-nope\" not found","reason":"NotFound","details":{"name":"palisade-nope","group":"rbac.authorization.k8s.io","kind":"rolebindings"},"code":404}`,
    'RoleNotFound',
  ],
  [
    'a binding to a Role that is missing, created',
    'create',
    'POST /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rolebindings.rbac.authorization.k8s.io \"nope\" not found","reason":"NotFound","details":{"name":"nope","group":"rbac.authorization.k8s.io","kind":"rolebindings"},"code":404}`,
    'RoleNotFound',
  ],
  [
    'a patch of a binding whose role is missing',
    'patch',
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings/b',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rolebindings.rbac.authorization.k8s.io \"nope\" not found","reason":"NotFound","details":{"name":"nope","group":"rbac.authorization.k8s.io","kind":"rolebindings"},"code":404}`,
    'RoleNotFound',
  ],
  [
    'a binding that is missing, read',
    'get',
    'GET /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings/b',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rolebindings.rbac.authorization.k8s.io \"b\" not found","reason":"NotFound","details":{"name":"b","group":"rbac.authorization.k8s.io","kind":"rolebindings"},"code":404}`,
    'NotFound',
  ],
  [
    'a binding that is missing, patched',
    'patch',
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings/b',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"rolebindings.rbac.authorization.k8s.io \"b\" not found","reason":"NotFound","details":{"name":"b","group":"rbac.authorization.k8s.io","kind":"rolebindings"},"code":404}`,
    'NotFound',
  ],
  [
    'an object that is missing',
    'get',
    'GET /api/v1/namespaces/bodies/configmaps/nope',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"nope\" not found","reason":"NotFound","details":{"name":"nope","kind":"configmaps"},"code":404}`,
    'NotFound',
  ],
  [
    'the status of an object that is missing',
    'apply',
    'PATCH /apis/t.example.com/v1/namespaces/x/widgets/nope/status',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"widgets.t.example.com \"nope\" not found","reason":"NotFound","details":{"name":"nope","group":"t.example.com","kind":"widgets"},"code":404}`,
    'NotFound',
  ],
  ['a path that is not served', 'list', 'GET /apis/none.example.com/v1/foos', 404, '404 page not found\n', 'NotFound'],
  [
    'a namespace that is missing',
    'create',
    'POST /api/v1/namespaces/never/configmaps',
    404,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"namespaces \"never\" not found","reason":"NotFound","details":{"name":"never","kind":"namespaces"},"code":404}`,
    'NotFound',
  ],
  [
    'create of what exists',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    409,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"a\" already exists","reason":"AlreadyExists","details":{"name":"a","kind":"configmaps"},"code":409}`,
    'AlreadyExists',
  ],
  [
    'a stale resourceVersion',
    'apply',
    'PATCH /api/v1/namespaces/bodies/configmaps/a',
    409,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"a","kind":"configmaps"},"code":409}`,
    'Conflict',
  ],
  [
    'apply with a uid that is gone',
    'apply',
    'PATCH /apis/networking.k8s.io/v1/namespaces/x/networkpolicies/gone',
    409,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on networkpolicies.networking.k8s.io \"gone\": uid mismatch: the provided object specified uid 00000000-0000-0000-0000-000000000000, and no existing object was found","reason":"Conflict","details":{"name":"gone","group":"networking.k8s.io","kind":"networkpolicies"},"code":409}`,
    'Conflict',
  ],
  [
    'apply with the uid of a recreated object',
    'apply',
    'PATCH /apis/networking.k8s.io/v1/namespaces/x/networkpolicies/f',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"NetworkPolicy.networking.k8s.io \"f\" is invalid: metadata.uid: Invalid value: \"00000000-0000-0000-0000-000000000000\": field is immutable","reason":"Invalid","details":{"name":"f","group":"networking.k8s.io","kind":"NetworkPolicy","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: \"00000000-0000-0000-0000-000000000000\": field is immutable","field":"metadata.uid"},{"reason":"FieldValueInvalid","message":"Invalid value: \"00000000-0000-0000-0000-000000000000\": field is immutable","field":"metadata.uid"}]},"code":422}`,
    'Conflict',
  ],
  [
    'delete with another uid',
    'delete',
    'DELETE /apis/t.example.com/v1/namespaces/x/widgets/w',
    409,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on Widget.t.example.com \"w\": the UID in the precondition (00000000-0000-0000-0000-000000000000) does not match the UID in record (6c79ed4f-5fb2-4144-b784-9f96248e9080). The object might have been deleted and then recreated","reason":"Conflict","details":{"name":"w","group":"t.example.com","kind":"Widget"},"code":409}`,
    'Conflict',
  ],
  [
    'apply against another field manager',
    'apply',
    'PATCH /apis/networking.k8s.io/v1/namespaces/x/networkpolicies/f',
    409,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Apply failed with 1 conflict: conflict with \"kubectl-create\" using networking.k8s.io/v1: .spec.policyTypes","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"kubectl-create\" using networking.k8s.io/v1","field":".spec.policyTypes"}]},"code":409}`,
    'FieldManagerConflict',
  ],
  [
    'refused by an admission policy with reason Forbidden',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    403,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"vapdeny\" is forbidden: ValidatingAdmissionPolicy 'vapdeny' with binding 'vapdeny' denied request: images must be trusted","reason":"Forbidden","details":{"name":"vapdeny","kind":"configmaps","causes":[{"message":"ValidatingAdmissionPolicy 'vapdeny' with binding 'vapdeny' denied request: images must be trusted"}]},"code":403}`,
    'AdmissionRefused',
  ],
  [
    'refused by an admission policy without a reason',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"vapinvalid\" is forbidden: ValidatingAdmissionPolicy 'vapinvalid' with binding 'vapinvalid' denied request: images must be trusted","reason":"Invalid","details":{"name":"vapinvalid","kind":"configmaps","causes":[{"message":"ValidatingAdmissionPolicy 'vapinvalid' with binding 'vapinvalid' denied request: images must be trusted"}]},"code":422}`,
    'AdmissionRefused',
  ],
  [
    'an admission expression that failed',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"vaperr\" is forbidden: ValidatingAdmissionPolicy 'vaperr' with binding 'vaperr' denied request: expression 'object.data.foo.startsWith(\"x\")' resulted in error: no such key: data","reason":"Invalid","details":{"name":"vaperr","kind":"configmaps","causes":[{"message":"ValidatingAdmissionPolicy 'vaperr' with binding 'vaperr' denied request: expression 'object.data.foo.startsWith(\"x\")' resulted in error: no such key: data"}]},"code":422}`,
    'AdmissionFailed',
  ],
  [
    'an admission policy whose paramKind is unknown',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"vapparam\" is forbidden: ValidatingAdmissionPolicy 'vapparam' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'no.example.com/v1, Kind=Nope'","reason":"Invalid","details":{"name":"vapparam","kind":"configmaps","causes":[{"message":"ValidatingAdmissionPolicy 'vapparam' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'no.example.com/v1, Kind=Nope'"}]},"code":422}`,
    'AdmissionFailed',
  ],
  [
    'a webhook that cannot be called',
    'create',
    'POST /api/v1/namespaces/bodies/configmaps',
    500,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Internal error occurred: failed calling webhook \"wh.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=1s\": dial tcp 127.0.0.1:1: connect: connection refused","reason":"InternalError","details":{"causes":[{"message":"failed calling webhook \"wh.example.com\": failed to call webhook: Post \"https://127.0.0.1:1/x?timeout=1s\": dial tcp 127.0.0.1:1: connect: connection refused"}]},"code":500}`,
    'AdmissionFailed',
  ],
  [
    'a namespace that is terminating',
    'apply',
    'PATCH /apis/networking.k8s.io/v1/namespaces/term/networkpolicies/n',
    403,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"networkpolicies.networking.k8s.io \"n\" is forbidden: unable to create new content in namespace term because it is being terminated","reason":"Forbidden","details":{"name":"n","group":"networking.k8s.io","kind":"networkpolicies","causes":[{"reason":"NamespaceTerminating","message":"namespace term is being terminated","field":"metadata.namespace"}]},"code":403}`,
    'NamespaceTerminating',
  ],
  [
    'a wrong token',
    'list',
    'GET /api/v1/namespaces',
    401,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}',
    'Unauthorized',
  ],
  [
    'a value that validation refuses',
    'create',
    'POST /apis/networking.k8s.io/v1/namespaces/x/networkpolicies',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"NetworkPolicy.networking.k8s.io \"u\" is invalid: spec.ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive","reason":"Invalid","details":{"name":"u","group":"networking.k8s.io","kind":"NetworkPolicy","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: 70000: must be between 1 and 65535, inclusive","field":"spec.ingress[0].ports[0].port"}]},"code":422}`,
    'Invalid',
  ],
  [
    'a changed roleRef',
    'patch',
    'PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/bodies/rolebindings/c',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"RoleBinding.rbac.authorization.k8s.io \"c\" is invalid: roleRef: Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"ClusterRole\",\"Name\":\"edit\"}: cannot change roleRef","reason":"Invalid","details":{"name":"c","group":"rbac.authorization.k8s.io","kind":"RoleBinding","causes":[{"reason":"FieldValueInvalid","message":"Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"ClusterRole\",\"Name\":\"edit\"}: cannot change roleRef","field":"roleRef"}]},"code":422}`,
    'Invalid',
  ],
  [
    'a new finalizer on a terminating object',
    'apply',
    'PATCH /api/v1/namespaces/bodies/configmaps/fin',
    422,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"ConfigMap \"fin\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"palisade.dev/x\"}","reason":"Invalid","details":{"name":"fin","kind":"ConfigMap","causes":[{"reason":"FieldValueForbidden","message":"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"palisade.dev/x\"}","field":"metadata.finalizers"},{"reason":"FieldValueForbidden","message":"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"palisade.dev/x\"}","field":"metadata.finalizers"}]},"code":422}`,
    'Invalid',
  ],
  [
    'an unknown field in an apply',
    'apply',
    'PATCH /apis/networking.k8s.io/v1/namespaces/x/networkpolicies/u',
    500,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"failed to create typed patch object (/u; networking.k8s.io/v1, Kind=NetworkPolicy): .spec.nope: field not declared in schema","code":500}',
    'Invalid',
  ],
  [
    'an unknown field in a create',
    'create',
    'POST /apis/networking.k8s.io/v1/namespaces/x/networkpolicies',
    400,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"NetworkPolicy in version \"v1\" cannot be handled as a NetworkPolicy: strict decoding error: unknown field \"spec.nope\"","reason":"BadRequest","code":400}`,
    'Invalid',
  ],
  [
    'a resourceVersion from the future',
    'list',
    'GET /api/v1/namespaces/bodies/configmaps',
    504,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Timeout: Too large resource version: 99999999, current: 423","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504}',
    'Unavailable',
  ],
  [
    'a watch that is too old',
    'watch',
    'GET configmaps (watch)',
    410,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old resource version: 1 (1720)","reason":"Expired","code":410}',
    'Expired',
  ],
  [
    'too many requests',
    'list',
    'GET /api/v1/namespaces/bodies/configmaps',
    429,
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too many requests, please try again later","reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429}',
    'TooManyRequests',
  ],
  [
    'a proxy without a server behind it',
    'list',
    'GET /api/v1/namespaces/bodies/configmaps',
    503,
    '<html>503 Service Unavailable</html>',
    'Unavailable',
  ],
  ['an unexpected response', 'list', 'GET /api/v1/namespaces/bodies/configmaps', 301, '', 'Unknown'],
  [
    'a used up quota',
    'create',
    'POST /api/v1/namespaces/quota/configmaps',
    403,
    String.raw`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \"x\" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=0","reason":"Forbidden","details":{"name":"x","kind":"configmaps"},"code":403}`,
    'QuotaExceeded',
  ],
];

const errorOf = ([, verb, request, code, body]: Row) => new ApiError(parseStatus(code, body), request, { verb });

for (const row of answers) {
  test(`${row[0]} is ${row[5]}`, () => assert.is(classify(errorOf(row)), row[5]));
}

test('a failure without a response is Network', () => {
  assert.is(classify(new NetworkError('connection reset')), 'Network');
  assert.is(classify(new DOMException('aborted', 'AbortError')), 'Network');
});

test('a response that is not from an API server is Unknown', () => {
  assert.is(classify(new TypeError('x is not a function')), 'Unknown');
  assert.is(classify('text'), 'Unknown');
  assert.is(classify(undefined), 'Unknown');
});

test('isFutureVersion distinguishes a server that went back in time from a busy one', () => {
  const future = answers.find(([what]) => what === 'a resourceVersion from the future')!;
  const busy = answers.find(([what]) => what === 'a proxy without a server behind it')!;
  assert.is(isFutureVersion(errorOf(future)), true);
  assert.is(isFutureVersion(errorOf(busy)), false);
});

test('the message contains the request and the response', () => {
  const error = new ApiError(parseStatus(404, '404 page not found\n'), 'GET /apis/none.example.com/v1/foos');
  assert.is(error.message, 'GET /apis/none.example.com/v1/foos: 404 page not found (404)');
  assert.is(error.code, 404);
  assert.is(error.reason, '');
});

test('Retry-After comes from the header or from the details', () => {
  const inDetails = parseStatus(429, '{"kind":"Status","code":429,"details":{"retryAfterSeconds":7}}');
  assert.is(new ApiError(inDetails, 'GET /x').retryAfterSeconds, 7);
  assert.is(new ApiError(inDetails, 'GET /x', { retryAfterSeconds: 3 }).retryAfterSeconds, 3);
  assert.is(new ApiError(parseStatus(500, ''), 'GET /x').retryAfterSeconds, undefined);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { requestsIn } from '../../../hack/rights/request.ts';

const OPERATOR = 'system:serviceaccount:palisade-system:palisade';

// Lines of a real API server, reduced to the fields in use.
const lines = {
  list: '{"kind":"Event","stage":"ResponseComplete","requestURI":"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?fieldSelector=metadata.name%3Dpalisade-trusted-images\\u0026limit=500","verb":"list","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"validatingadmissionpolicies","name":"palisade-trusted-images","apiGroup":"admissionregistration.k8s.io","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \\"palisade\\""}}',
  log: '{"kind":"Event","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/jobs/pods/sbom-1/log?container=sbom","verb":"get","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"pods","namespace":"jobs","name":"sbom-1","apiVersion":"v1","subresource":"log"},"responseStatus":{"metadata":{},"code":200},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}',
  apply:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/apis/openreports.io/v1alpha1/namespaces/flow/reports/imagescan-nightly?fieldManager=palisade-openreports\\u0026force=true","verb":"patch","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"reports","namespace":"flow","name":"imagescan-nightly","apiGroup":"openreports.io","apiVersion":"v1alpha1"},"responseStatus":{"metadata":{},"code":201},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}',
  forbidden:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/secrets/registry-credentials","verb":"get","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"secrets","namespace":"shop","name":"registry-credentials","apiVersion":"v1"},"responseStatus":{"metadata":{},"status":"Failure","reason":"Forbidden","code":403},"annotations":{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/reason":""}}',
  refusedByAdmission:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/apis/networking.k8s.io/v1/namespaces/kube-system/networkpolicies","verb":"create","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"networkpolicies","namespace":"kube-system","name":"web","apiGroup":"networking.k8s.io","apiVersion":"v1"},"responseStatus":{"metadata":{},"status":"Failure","reason":"Forbidden","code":403},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by ClusterRoleBinding \\"palisade\\""}}',
  noResource:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/version?timeout=5s","verb":"get","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","responseStatus":{"metadata":{},"code":200},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}',
  somebody:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/api/v1/namespaces","verb":"list","user":{"username":"palisade-test-admin","groups":["system:masters"]},"userAgent":"palisade-test","objectRef":{"resource":"namespaces","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}',
  unfinished:
    '{"kind":"Event","stage":"ResponseComplete","requestURI":"/api/v1/pods","verb":"list","user":{"username":"system:serviceaccount:palisade-system:palisade"},"userAgent":"palisade","objectRef":{"resource":"pods","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":429}}',
};

const found = (name: keyof typeof lines): string[] =>
  requestsIn(lines[name], OPERATOR, 'shared').map(
    ({ source, agent, verb, group, resource, name: object, allowed }) =>
      `${source} ${agent}: ${verb} ${group}/${resource} ${object} ${allowed ? 'allowed' : 'forbidden'}`,
  );

const cases: readonly [keyof typeof lines, string[]][] = [
  [
    'list',
    ['shared palisade: list admissionregistration.k8s.io/validatingadmissionpolicies palisade-trusted-images allowed'],
  ],
  ['log', ['shared palisade: get /pods/log sbom-1 allowed']],
  [
    'apply',
    [
      'shared palisade: patch openreports.io/reports imagescan-nightly allowed',
      'shared palisade: create openreports.io/reports imagescan-nightly allowed',
    ],
  ],
  ['forbidden', ['shared palisade: get /secrets registry-credentials forbidden']],
  ['refusedByAdmission', ['shared palisade: create networking.k8s.io/networkpolicies web allowed']],
  ['noResource', ['shared palisade: get //version  allowed']],
  ['somebody', []],
  ['unfinished', []],
];

for (const [name, expected] of cases) {
  test(`a line of the audit log: ${name}`, () => {
    assert.equal(found(name), expected);
  });
}

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { credentialOf, readReportRequest } from '../../../../src/scan/report/endpoint/request.ts';

const REPORT = '/namespaces/payments/imagescans/nightly/report';
const SBOM = '/namespaces/payments/imagescans/nightly/sbom?image=nginx%3A1%40x';
const wanted = { namespace: 'payments', name: 'nightly', format: 'json', width: Number.POSITIVE_INFINITY };

const understood: [url: string, expected: object][] = [
  [REPORT, wanted],
  [`${REPORT}?`, wanted],
  [`${REPORT}?format=sarif`, { ...wanted, format: 'sarif' }],
  [`${REPORT}?format=table&width=100`, { ...wanted, format: 'table', width: 100 }],
  [`${REPORT}?format=table&format=json&colour=no`, { ...wanted, format: 'table' }],
  [SBOM, { namespace: 'payments', name: 'nightly', image: 'nginx:1@x', format: 'cyclonedx' }],
  [
    `${SBOM}&format=spdx&platform=linux/arm64`,
    { namespace: 'payments', name: 'nightly', image: 'nginx:1@x', format: 'spdx', platform: 'linux/arm64' },
  ],
  ['/namespaces/a/imagescans/0.b/report', { ...wanted, namespace: 'a', name: '0.b' }],
];

for (const [url, expected] of understood) {
  test(`GET ${url}`, () => assert.equal(readReportRequest('GET', url), expected));
}

const refused: [method: string, url: string, status: number][] = [
  ['GET', '/', 404],
  ['GET', '', 404],
  ['GET', '/metrics', 404],
  ['GET', `${REPORT}/`, 404],
  ['GET', `/x${REPORT}`, 404],
  ['GET', `http://127.0.0.1${REPORT}`, 404],
  ['GET', '/namespaces/payments/imagescans/../report', 404],
  ['GET', '/namespaces/payments/imagescans/%2e%2e/report', 404],
  ['GET', '/namespaces/pay.ments/imagescans/nightly/report', 404],
  ['GET', `/namespaces/${'a'.repeat(64)}/imagescans/nightly/report`, 404],
  ['GET', `/namespaces/payments/imagescans/${'a'.repeat(254)}/report`, 404],
  ['GET', '/namespaces/payments/imagescans/nightly/report\n', 404],
  ['POST', '/', 404],
  ['POST', REPORT, 405],
  ['HEAD', REPORT, 405],
  ['DELETE', REPORT, 405],
  ['GET', `${REPORT}?format=xml`, 406],
  ['GET', `${SBOM}&format=json`, 406],
  ['GET', '/namespaces/payments/imagescans/nightly/sbom', 400],
  ['GET', `/namespaces/payments/imagescans/nightly/sbom?image=${'a'.repeat(1025)}`, 400],
  ['POST', SBOM, 405],
  ['GET', `${REPORT}?format=`, 406],
  ['GET', `${REPORT}?format=toString`, 406],
  ['GET', `${REPORT}?width=19`, 400],
  ['GET', `${REPORT}?width=1001`, 400],
  ['GET', `${REPORT}?width=1e2`, 400],
];

for (const [method, url, status] of refused) {
  test(`${method} ${JSON.stringify(url.slice(0, 80))} is refused with ${status}`, () => {
    const refusal = readReportRequest(method, url);
    assert.is('status' in refusal && refusal.status, status);
  });
}

test('a wrong method gets the allowed ones', () => {
  const refusal = readReportRequest('PUT', REPORT);
  assert.equal('status' in refusal && refusal.headers, { allow: 'GET' });
});

const headers: [header: string | undefined, token: string | undefined][] = [
  ['Bearer abc', 'abc'],
  ['bearer  a.b-c_d~e+f/g== ', 'a.b-c_d~e+f/g=='],
  [undefined, undefined],
  ['', undefined],
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Basic abc', undefined],
  ['Bearer a b', undefined],
  ['Bearer a\u00e9', undefined],
  [`Bearer ${'a'.repeat(8193)}`, undefined],
];

for (const [header, token] of headers) {
  test(`Authorization: ${header?.slice(0, 40)}`, () =>
    assert.equal(credentialOf({ ...(header !== undefined && { authorization: header }) })?.token, token));
}

const AUDIENCE = 'security.palisade.dev/report';

for (const [what, sent, credential] of [
  ['a token for the report endpoint', { 'x-palisade-token': 'a.b-c' }, { token: 'a.b-c', audience: AUDIENCE }],
  ['two of them, as Node joins them', { 'x-palisade-token': 'a, b' }, undefined],
  ['an empty one', { 'x-palisade-token': '' }, undefined],
  ['a scheme before it', { 'x-palisade-token': 'Bearer a' }, undefined],
  ['too long a one', { 'x-palisade-token': 'a'.repeat(8193) }, undefined],
  ['two kinds of tokens', { 'x-palisade-token': 'a', authorization: 'Bearer b' }, undefined],
  [
    'the headers of an authenticating proxy',
    { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' },
    undefined,
  ],
  ['impersonation', { 'impersonate-user': 'admin', 'x-forwarded-user': 'admin', cookie: 'token=a' }, undefined],
] as const) {
  test(`credentials: ${what}`, () => assert.equal(credentialOf(sent), credential));
}

test.run();

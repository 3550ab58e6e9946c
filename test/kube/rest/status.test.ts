import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStatus } from '../../../src/kube/rest/status.ts';

test('a Status is returned unchanged', () => {
  const text =
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}';
  assert.equal(parseStatus(401, text), {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
});

const made: [what: string, text: string, message: string][] = [
  ['text', '404 page not found\n', '404 page not found'],
  ['nothing', '', 'HTTP 404'],
  ['JSON that is no Status', '{"kind":"Pod"}', '{"kind":"Pod"}'],
  ['JSON that is no object', '7', '7'],
  ['JSON cut short', '{"kind":"Sta', '{"kind":"Sta'],
];

for (const [what, text, message] of made) {
  test(`${what} becomes a Status`, () =>
    assert.equal(parseStatus(404, text), { kind: 'Status', apiVersion: 'v1', message, reason: '', code: 404 }));
}

test('a Status without code takes that of HTTP', () => assert.is(parseStatus(503, '{"kind":"Status"}').code, 503));

test('a long page is truncated', () => assert.is(parseStatus(502, 'x'.repeat(9000)).message.length, 500));

test.run();

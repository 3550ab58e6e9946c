import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toCachedChild } from '../../../src/policy/children/cached-child.ts';
import { nameConflict } from '../../../src/policy/children/problems.ts';

const RESTORED = { 'app.kubernetes.io/managed-by': 'palisade', 'security.palisade.dev/policy': 'web' };

const rows: [what: string, labels: Record<string, string>, message: RegExp][] = [
  ["another client's object", {}, /exists and was not created by this policy: delete or rename it;/],
  ['a restored object', RESTORED, /has the labels of this policy, .* run palisade adopt ns\/web; otherwise delete it$/],
  [
    'a restored object of another policy',
    { ...RESTORED, 'security.palisade.dev/policy': 'db' },
    /was not created by this policy/,
  ],
];

for (const [what, labels, message] of rows) {
  test(`NameConflict with ${what}`, () => {
    const live = toCachedChild('NetworkPolicy')({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '1', labels },
    });
    assert.match(nameConflict(live, { namespace: 'ns', name: 'web' }).message, message);
  });
}

test.run();

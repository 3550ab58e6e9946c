import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../src/api/policy.ts';
import { createCaches } from '../../src/policy/caches.ts';
import { RecentPreviews } from '../../src/policy/recent-previews.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { policyOf } from './policy.ts';

const PROPOSAL: PolicySpec = { proposed: { network: {} } };
const STATUS = { create: ['NetworkPolicy/a'] };

const start = () => {
  const clock = new FakeClock();
  const { policies } = createCaches();
  const policy = policyOf(PROPOSAL);
  policies.upsert(policy);
  const previews = new RecentPreviews(clock, policies);
  previews.set(policy, STATUS);
  return { clock, policies, policy, previews };
};

test('a preview holds for 20 seconds', async () => {
  const { clock, policy, previews } = start();
  assert.equal(previews.get(policy), { status: STATUS, dueMs: 20_000 });
  await clock.advance(19_999);
  assert.equal(previews.get(policy), { status: STATUS, dueMs: 1 });
  await clock.advance(1);
  assert.is(previews.get(policy), undefined);
});

test('not for another spec, nor for another policy of the same name', () => {
  const { previews } = start();
  assert.is(previews.get(policyOf({ ...PROPOSAL, network: {} })), undefined);
  assert.is(previews.get(policyOf(PROPOSAL, { metadata: { uid: 'uid-2' } })), undefined);
});

test('nothing is kept of a policy that is gone', () => {
  const { policies, policy, previews } = start();
  policies.remove(policy);
  assert.is(previews.get(policy), undefined);
});

test('nothing is kept of a proposal that is withdrawn', () => {
  const { policies, policy, previews } = start();
  policies.upsert(policyOf({}, { metadata: { resourceVersion: '8' } }));
  assert.is(previews.get(policy), undefined);
});

test.run();

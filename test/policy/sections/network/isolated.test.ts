import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Selector } from '../../../../src/api/policy.ts';
import type { PodImages } from '../../../../src/policy/pod.ts';
import { countIsolated } from '../../../../src/policy/sections/network/isolated.ts';

const pod = (labels: Record<string, string> | undefined, more: Partial<PodImages> = {}): PodImages => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'team-a', uid: 'u', resourceVersion: '1', ...(labels && { labels }) },
  images: [],
  finished: false,
  ...more,
});
const web = { app: 'web' };
const onlyWeb: Selector = { matchLabels: web };
const notWeb: Selector = { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] };

const rows: [what: string, podSelector: Selector | undefined, pods: PodImages[], count: number][] = [
  ['no pod', undefined, [], 0],
  ['every pod, without a selector', undefined, [pod(web), pod(undefined)], 2],
  ['every pod, with an empty selector', {}, [pod(web), pod(undefined)], 2],
  ['pods with a label', onlyWeb, [pod(web), pod({ app: 'db' }), pod(undefined)], 1],
  ['pods without a value', notWeb, [pod(web), pod({ app: 'db' }), pod(undefined)], 2],
  ['no pod that has finished', {}, [pod(web, { finished: true }), pod(web)], 1],
  ['no pod on the host network', onlyWeb, [pod(web, { hostNetwork: true }), pod(web)], 1],
];

for (const [what, podSelector, pods, count] of rows) {
  test(`isolated: ${what}`, () =>
    assert.is(countIsolated(podSelector === undefined ? {} : { podSelector }, pods), count));
}

test.run();

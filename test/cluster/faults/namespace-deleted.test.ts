// A namespace is deleted while its policy is being put in force, before any watch shows it.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { classify } from '../../../src/kube/rest/errors.ts';
import type { Asked } from '../../harness/faulty-proxy.ts';
import { KINDS } from '../../harness/install.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { behindProxy } from './behind-proxy.ts';

const GONE_MS = 60_000;
/** The policy and its three objects: each may be seen to go before the namespace is, and then it is tried once more. */
const GOING = 4;
const SPEC: PolicySpec = {
  network: { allow: { sameNamespace: true } },
  podSecurity: { level: 'baseline' },
  access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'shop' }] }] },
  images: { allowed: ['registry.example.com/*'] },
  scan: {},
};

const palisade = await Palisade.open();
const { admin } = palisade;
test.after(() => palisade.close());

const phase = (namespace: string): Promise<string | undefined> =>
  admin.get<{ status: { phase: string } }>(KINDS.Namespace, namespace).then(
    ({ status }) => status.phase,
    (error) => (classify(error) === 'NotFound' ? undefined : Promise.reject(error)),
  );

const isCreateOf =
  (plural: string) =>
  ({ method, path }: Asked): boolean =>
    method === 'POST' && path.endsWith(`/${plural}`);

const moments: [what: string, isMoment: (asked: Asked) => boolean][] = [
  ['before the first of what it generates', isCreateOf('networkpolicies')],
  ['in the middle of what it generates', isCreateOf('rolebindings')],
  ['with all generated but the last', isCreateOf('imagescans')],
];

for (const [what, isMoment] of moments) {
  test(`${what}: nothing blocks the deletion of the namespace, and no write is retried endlessly`, async () => {
    const namespace = await palisade.namespace('doomed');
    await behindProxy(palisade, namespace, async (proxy) => {
      let deleted: Promise<unknown> | undefined;
      proxy.play((asked) => {
        if (deleted !== undefined || !isMoment(asked)) return undefined;
        proxy.freeze();
        deleted = admin.delete(KINDS.Namespace, namespace);
        // It is tried again once the namespace is terminating.
        return { code: 503, reason: 'ServiceUnavailable' };
      });
      await palisade.apply(namespace, 'web', SPEC);
      await until('it is being deleted', async () => deleted !== undefined && (await phase(namespace)) !== 'Active');
      await until('it was retried', () => proxy.asked.filter(isMoment).length > 1);
      proxy.thaw();
      await until('the namespace is gone', async () => (await phase(namespace)) === undefined, GONE_MS);
      const tries = proxy.asked.filter(isMoment).length;
      assert.ok(tries <= 2 + GOING, `${tries} tries`);
    });
  });
}

test.run();

// A policy disappears although its finalizer is still set: https://github.com/kubernetes/kubernetes/issues/77988
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import type { Asked } from '../../harness/faulty-proxy.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { behindProxy } from './behind-proxy.ts';

/** A request that is not answered ends after 15 s. */
const GIVEN_UP_MS = 60_000;

const palisade = await Palisade.open();
const { admin } = palisade;
test.after(() => palisade.close());

const isCreate = ({ method, path }: Asked): boolean => method === 'POST' && !path.endsWith('/events');
const isStatus = ({ method, path }: Asked): boolean => method === 'PATCH' && path.endsWith('/status');

/** As the API server does it to a policy that gets its finalizer at the same moment. */
const deleteAtOnce = async (namespace: string, name: string): Promise<void> => {
  const options = { namespace, type: 'merge', fieldManager: 'test' } as const;
  await admin.patch(CONTAINER_SECURITY_POLICY, name, { metadata: { finalizers: null } }, options);
  await admin.delete(CONTAINER_SECURITY_POLICY, name, { namespace });
};

test('a policy that disappears while its children are created gets no more of them', async () => {
  const namespace = await palisade.namespace('gone');
  await behindProxy(palisade, namespace, async (proxy) => {
    let deleted: Promise<void> | undefined;
    proxy.play((asked) => {
      if (deleted !== undefined || !isCreate(asked)) return undefined;
      deleted = deleteAtOnce(namespace, 'web');
      return 'unanswered';
    });
    await palisade.apply(namespace, 'web', {
      network: { allow: { sameNamespace: true } },
      access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'shop' }] }] },
      scan: {},
    });
    await until('its reconcile has ended', () => proxy.asked.some(isStatus), GIVEN_UP_MS);
    await deleted;
    assert.equal(
      proxy.asked.filter(isCreate).map(({ path }) => path.replace(/.*\//, '')),
      ['networkpolicies'],
    );
  });
});

test.run();

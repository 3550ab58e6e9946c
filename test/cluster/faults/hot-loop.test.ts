// suite: faults
// timeout: 360s
// A policy that cannot succeed is tried at the pace of the backoff, and an operator with nothing to do only keeps its Lease.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readManifestFile } from '../../../hack/manifests.ts';
import type { Answered, Asked } from '../../harness/faulty-proxy.ts';
import { KINDS } from '../../harness/install.ts';
import type { Refusal } from '../../harness/mishap.ts';
import { Palisade } from '../../harness/palisade.ts';
import { sized } from '../../harness/size.ts';
import { until } from '../../harness/until.ts';
import { behindProxy } from './behind-proxy.ts';

/** Milliseconds. */
const IDLE_MS = sized(12_000, 60_000);
const RETRY_MS = 2000;

const palisade = await Palisade.open();
const { admin } = palisade;
const { failing, hasty, limited, refused, idle } = await palisade.namespaces([
  'failing',
  'hasty',
  'limited',
  'refused',
  'idle',
]);
test.after(() => palisade.close());

const isTry = ({ method, path }: Answered): boolean => method === 'POST' && path.endsWith('/networkpolicies');
const gaps = (asked: readonly Answered[]): number[] => asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? 0));

const refusals: [namespace: string, refusal: Refusal][] = [
  [failing, { code: 500, reason: 'InternalError' }],
  // The API server gets no more requests about it.
  [hasty, { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 0 }],
];
for (const [namespace, refusal] of refusals) {
  test(`a policy that can never succeed costs one try for each backoff step: ${refusal.reason}`, () =>
    behindProxy(palisade, namespace, async (proxy) => {
      proxy.play(({ method, path }) => (method === 'POST' && path.endsWith('/networkpolicies') ? refusal : undefined));
      await palisade.apply(namespace, 'web', { network: { isolate: ['Ingress'] } });
      await until('six tries', () => proxy.asked.filter(isTry).length >= 6);
      const tries = proxy.asked.filter(isTry);
      // 200 ms, doubled each time, of which the second half is random: the finalizer and the status make no more of them.
      const least = [100, 200, 400, 800, 1600];
      const found = gaps(tries.slice(0, 6));
      assert.ok(
        found.every((gap, i) => gap >= (least[i] ?? 0) - 5),
        `after ${found.map(Math.round)} ms`,
      );
      // Between two of them nothing but the question whether the policy is still there.
      const [from, to] = [proxy.asked.indexOf(tries[3] as Answered), proxy.asked.indexOf(tries[5] as Answered)];
      const between = proxy.asked.slice(from + 1, to).filter(({ path, watch }) => !watch && !path.endsWith('/events'));
      const policy = `/apis/security.palisade.dev/v1alpha1/namespaces/${namespace}/containersecuritypolicies/web`;
      assert.equal(
        between.map(({ method, path }) => `${method} ${path}`),
        [`GET ${policy}`, `POST ${tries[0]?.path}`, `GET ${policy}`],
      );
      const { status } = await palisade.policy(namespace, 'web');
      assert.is(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'False');
    }));
}

test('Retry-After is respected', () =>
  behindProxy(palisade, limited, async (proxy) => {
    proxy.play(({ method, path }) =>
      method === 'POST' && path.endsWith('/networkpolicies') && proxy.asked.filter(isTry).length < 3
        ? { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 2 }
        : undefined,
    );
    await palisade.apply(limited, 'web', { network: { isolate: ['Ingress'] } });
    await palisade.ready(limited, 'web');
    const found = gaps(proxy.asked.filter(isTry));
    assert.is(found.length, 3);
    assert.ok(
      found.every((gap) => gap >= 1990),
      `after ${found.map(Math.round)} ms`,
    );
  }));

test('a permanent refusal is not retried', () =>
  behindProxy(palisade, refused, async (proxy) => {
    const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['delete'] }];
    const roles = [{ name: 'nodes', rules, subjects: [{ kind: 'User' as const, name: 'eve' }] }];
    await palisade.apply(refused, 'much', { access: { roles } });
    await palisade.condition(refused, 'much', 'Stalled', 'True', 'EscalationRefused');
    // Another policy comes into force meanwhile, so time passes for this one too.
    await palisade.apply(refused, 'other', { network: {} });
    await palisade.ready(refused, 'other');
    const tries = proxy.asked.filter(({ method, path }) => method === 'POST' && path.endsWith('/roles'));
    // Once for itself, and once because another policy of its namespace may have changed what is asked of it.
    assert.ok(tries.length <= 2, `${tries.length} tries`);
  }));

test('an idle operator requests only its watches and its Lease', async () => {
  // The rights of config/manager, in the namespace of this Lease.
  for (const object of await readManifestFile('config/namespace/leader-election.yaml')) {
    const body = { ...object, metadata: { name: object.metadata.name, namespace: idle } };
    await admin.apply(KINDS[object.kind as 'Role' | 'RoleBinding'], body, { fieldManager: 'test', force: true });
  }
  const lease = { namespace: idle, identity: 'idle_1', leaseMs: 8000, deadlineMs: 6000, retryMs: RETRY_MS };
  await behindProxy(
    palisade,
    idle,
    async (proxy) => {
      const isLease = ({ method, path }: Asked, verb: string) => method === verb && path.endsWith('/leases/palisade');
      proxy.play((asked) =>
        isLease(asked, 'PATCH') && !proxy.asked.some((one) => isLease(one, 'GET'))
          ? { code: 409, reason: 'Conflict' }
          : undefined,
      );
      await until('it reads its Lease after a conflict', () => proxy.asked.some((asked) => isLease(asked, 'GET')));
      await palisade.apply(idle, 'all', {
        network: { allow: { apiServer: true } },
        podSecurity: { level: 'restricted' },
        images: { allowed: ['registry.example.com/*'] },
        scan: {},
      });
      await palisade.ready(idle, 'all');
      const isRenewal = ({ path }: Answered) => path.includes('/leases');
      const busy = () => proxy.asked.filter((asked) => !isRenewal(asked)).length;
      let before = -1;
      await until('it is idle', async () => {
        const same = before === busy();
        before = busy();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return same;
      });
      const first = proxy.asked.length;
      await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
      const asked = proxy.asked.slice(first);
      assert.equal(
        asked.filter((a) => !isRenewal(a)),
        [],
      );
      const name = `/apis/coordination.k8s.io/v1/namespaces/${idle}/leases/palisade`;
      assert.equal([...new Set(asked.map(({ method, path }) => `${method} ${path}`))], [`PATCH ${name}`]);
      assert.ok(asked.length >= 1 && asked.length <= IDLE_MS / RETRY_MS + 1, `${asked.length} renewals`);
    },
    { leaderElection: lease },
  );
});

test.run();

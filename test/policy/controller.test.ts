import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from 'prom-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FINALIZER } from '../../src/api/keys.ts';
import type { ObjectMeta } from '../../src/api/meta.ts';
import type { PolicySpec, PolicyStatus } from '../../src/api/policy.ts';
import { KubeClient } from '../../src/kube/rest/client.ts';
import { RetryError, WorkQueue } from '../../src/kube/workqueue/work-queue.ts';
import { type CachedPolicy, createCaches } from '../../src/policy/caches.ts';
import { PolicyController } from '../../src/policy/controller.ts';
import { PolicyMetrics } from '../../src/policy/metrics.ts';
import type { Section } from '../../src/policy/sections/section.ts';
import type { SectionName } from '../../src/policy/status/outcome.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import { spyLog } from '../kube/spy-log.ts';
import { sumsOnly } from '../telemetry/sums-only.ts';
import { policyOf } from './policy.ts';

type Method = 'enforce' | 'withdraw' | 'preview';

const BROKEN: SectionName = 'Access';
const OTHERS: readonly SectionName[] = ['Network', 'PodSecurity', 'Images', 'Scan'];
const ERROR = 'x is not a function';

/** A controller whose section Access fails in one method, before it returns a promise or after. */
const start = (method: Method, how: 'throws' | 'rejects') => {
  const ran: string[] = [];
  const written: PolicyStatus[] = [];
  const fail = () => {
    if (how === 'throws') throw new TypeError(ERROR);
    return Promise.reject(new TypeError(ERROR));
  };
  const section = (name: SectionName): Section => {
    const run = <T>(at: Method, result: T): Promise<T> => {
      ran.push(`${at} ${name}`);
      return name === BROKEN && at === method ? fail() : Promise.resolve(result);
    };
    const outcome = { section: name, state: 'InForce', reason: 'Applied', message: 'm' } as const;
    return {
      name,
      enforce: ({ spec }) => run('enforce', spec.mode === 'Audit' ? {} : { outcome }),
      withdraw: () => run('withdraw', {}),
      preview: () => run('preview', {}),
    };
  };
  const caches = createCaches();
  caches.namespaces.upsert({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team-a', uid: 'n', resourceVersion: '1' },
    labels: new Map(),
    records: new Map(),
  });
  const registry = new Registry();
  const controller = new PolicyController({
    client: new KubeClient(new KubeConfig(), { userAgent: 'test' }),
    caches,
    sections: [section(BROKEN), ...OTHERS.map(section)],
    policyWriter: {
      handleFinalizer: async ({ metadata }, withdraw) => {
        if (metadata.deletionTimestamp !== undefined) await withdraw();
        return metadata.deletionTimestamp !== undefined;
      },
      removeFinalizer: async () => {},
      setStatus: async (_, status) => void written.push(status),
    },
    events: { record: () => {} },
    metrics: new PolicyMetrics(registry, () => [], sumsOnly(registry)),
    checks: { of: () => undefined },
    reservedNamespaces: [],
  });
  const reconcile = async (policy: CachedPolicy): Promise<unknown> => {
    try {
      return await controller.reconcile(policy, spyLog().log);
    } catch (error) {
      return error;
    }
  };
  return { ran, written, reconcile, controller };
};

const policy = (
  spec: PolicySpec,
  { status, ...metadata }: Partial<ObjectMeta> & { status?: PolicyStatus } = {},
): CachedPolicy => policyOf(spec, { metadata: { finalizers: [FINALIZER], ...metadata }, ...(status && { status }) });

const conditions = (status: PolicyStatus | undefined) =>
  Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );

const retried = (result: unknown, message: string): void => {
  assert.instance(result, RetryError);
  assert.is((result as RetryError).message, message);
};

const SPEC: PolicySpec = { network: {}, access: { bindings: [] } };

for (const how of ['throws', 'rejects'] as const) {
  test(`a section that ${how} in enforce: the others are enforced, its condition has the error, the key is retried`, async () => {
    const { ran, written, reconcile } = start('enforce', how);
    const before = { access: { roles: 2, bindings: 3 } };
    retried(await reconcile(policy(SPEC, { status: before })), `${ERROR}; retrying`);
    assert.equal(
      ran,
      [BROKEN, ...OTHERS].map((name) => `enforce ${name}`),
    );
    assert.is(written.length, 1);
    assert.equal(written[0]?.access, before.access);
    assert.equal(conditions(written[0]), {
      Ready: `False Failed: Access: ${ERROR}; retrying`,
      Reconciling: `True Failed: Access: ${ERROR}; retrying`,
      AccessReady: `False Failed: ${ERROR}; retrying`,
      NetworkReady: 'True Applied: m',
      PodSecurityReady: 'True Applied: m',
      ImagesReady: 'True Applied: m',
      ScanReady: 'True Applied: m',
    });
  });

  test(`a section that ${how} in withdraw: the others are withdrawn, its condition has the error, the key is retried`, async () => {
    const { ran, written, reconcile } = start('withdraw', how);
    retried(await reconcile(policy(SPEC, { deletionTimestamp: '2026-11-29T00:00:00Z' })), `${ERROR}; retrying`);
    assert.equal(
      ran,
      ['Access', 'Network', 'PodSecurity', 'Images'].map((name) => `withdraw ${name}`),
    );
    assert.is(written.length, 1);
    const { Ready, AccessReady } = conditions(written[0]);
    assert.equal(
      [Ready, AccessReady],
      [`False Failed: Access: ${ERROR}; retrying`, `False Failed: ${ERROR}; retrying`],
    );
  });

  test(`a section that ${how} in preview: all are enforced, Ready has the section and its error, the key is retried`, async () => {
    const { ran, written, reconcile } = start('preview', how);
    const result = await reconcile(policy({ ...SPEC, mode: 'Audit', images: { allowed: ['a.example/*'] } }));
    retried(result, `preview of Access: ${ERROR}; retrying`);
    assert.equal(
      ran.filter((step) => step.startsWith('enforce')),
      [BROKEN, ...OTHERS].map((name) => `enforce ${name}`),
    );
    assert.is(written.length, 1);
    assert.is(conditions(written[0]).Ready, `False Failed: Policy: preview of Access: ${ERROR}; retrying`);
    assert.is(written[0]?.preview, undefined);
  });

  test(`a section that ${how} in the preview of a proposal: the policy stays Ready, the preview has the error, the key is retried`, async () => {
    const { written, reconcile } = start('preview', how);
    const result = await reconcile(policy({ ...SPEC, proposed: { network: {} } }));
    retried(result, `preview of Access: ${ERROR}; retrying`);
    assert.is(written.length, 1);
    assert.match(conditions(written[0]).Ready ?? '', /^True InForce/);
    assert.is(conditions(written[0]).Reconciling, undefined);
    assert.equal(written[0]?.preview, {
      sections: ['access: removed'],
      problem: `preview of Access: ${ERROR}; retrying`,
    });
  });
}

test('a proposal that did not change is previewed again only after a while; mode Audit each time', async () => {
  for (const [spec, times] of [
    [{ ...SPEC, proposed: {} }, 1],
    [{ ...SPEC, mode: 'Audit' }, 2],
  ] as const) {
    const { ran, written, reconcile } = start('withdraw', 'throws');
    await reconcile(policy(spec));
    const second = (await reconcile(policy(spec))) as { requeueAfterMs?: number } | undefined;
    assert.is(ran.filter((step) => step === 'preview Network').length, times);
    assert.is(ran.filter((step) => step === 'enforce Network').length, 2);
    assert.equal(written[1]?.preview, written[0]?.preview);
    assert.is(second?.requeueAfterMs === undefined, times === 2);
  }
});

for (const [what, method, metadata] of [
  ['reconcile', 'enforce', {}],
  ['deletion', 'withdraw', { deletionTimestamp: '2026-11-29T00:00:00Z' }],
] as const) {
  test(`a failing ${what} is logged once for each try, by the queue`, async () => {
    const { written, controller } = start(method, 'throws');
    const { log, lines } = spyLog();
    const clock = new FakeClock();
    const latest = () => policy(SPEC, { ...metadata, ...(written.length > 0 && { status: written.at(-1)! }) });
    const queue = new WorkQueue({
      workers: 1,
      handler: (_, context) => controller.reconcile(latest(), context.log),
      log,
      logOf: (key) => log.child({ policy: key }),
      clock,
      random: () => 1,
    });
    const stop = new AbortController();
    const done = queue.run(stop.signal);
    queue.add('team-a/payments');
    const said = () => lines.filter((line) => JSON.stringify(line).includes(ERROR));
    for (let tries = 1; tries <= 3; tries += 1) {
      await clock.advance(tries === 1 ? 0 : 200 * 2 ** (tries - 2));
      assert.equal(
        said().map(({ level, msg, policy: of, failures, key }) => [level, msg, of, failures, key]),
        Array.from({ length: tries }, (_, n) => [
          'warn',
          `will retry: ${ERROR}; retrying`,
          'team-a/payments',
          n + 1,
          undefined,
        ]),
      );
    }
    stop.abort();
    await done;
  });
}

test.run();

import type { ServerResponse } from 'node:http';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { fetch } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { monotonicClock } from '../../src/kube/clock.ts';
import { PooledKubeConfig } from '../../src/kube/rest/kubeconfig.ts';
import { healthChecks } from '../../src/operator/health.ts';
import { PalisadeOperator } from '../../src/operator/operator.ts';
import { DEFAULT_DNS_PEERS } from '../../src/policy/sections/network/dns.ts';
import { type Listening, serveHealth } from '../../src/telemetry/server.ts';
import { until } from '../harness/until.ts';
import { json, loopback } from '../kube/loopback.ts';
import { policyOf } from '../policy/policy.ts';

const closing: (() => Promise<void>)[] = [];
test.after.each(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An API server that responds to lists of pods on request, and never to a write. */
const slowServer = async () => {
  const held: (() => void)[] = [];
  const answerList = (response: ServerResponse, items: object[] = []) =>
    json(response, 200, { metadata: { resourceVersion: '10' }, items });
  const server = await loopback(({ method, path, query }, response) => {
    if (method !== 'GET') return;
    if (query.watch) response.flushHeaders();
    else if (path.endsWith('/pods')) held.push(() => answerList(response));
    else if (path.endsWith('/containersecuritypolicies')) answerList(response, [policyOf({ suspend: true })]);
    else answerList(response);
  });
  closing.push(server.close);
  return {
    ...server,
    releasePods: () => {
      for (const release of held.splice(0)) release();
    },
    waitsForPods: () => held.length > 0,
  };
};

const startOperator = async (url: string): Promise<PalisadeOperator> => {
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  const settings = { namespaces: [], workers: 1, resyncMs: 600_000, dnsPeers: DEFAULT_DNS_PEERS };
  const registry = new Registry();
  const operator = new PalisadeOperator({ kubeConfig, settings, registry, log: pino({ enabled: false }) });
  operator.start().catch(() => {});
  closing.push(async () => {
    operator.stop();
    await kubeConfig.close();
    await operator.stopped();
  });
  return operator;
};

const served = async (operator: Parameters<typeof healthChecks>[0]) => {
  const listening: Listening = await serveHealth('127.0.0.1:0', healthChecks(operator));
  closing.push(listening.close);
  return async (path: string): Promise<string> => {
    const response = await fetch(`http://${listening.address}${path}`);
    return `${response.status} ${await response.text()}`;
  };
};

test('the operator is ready once the last cache is filled and not before, and always alive', async () => {
  const server = await slowServer();
  const operator = await startOperator(server.url);
  const get = await served(operator);
  await until('only the pods are missing', async () => {
    assert.match(await get('/readyz'), /^503 waiting for the first list of .*\bpods\b.*\n$/);
    return server.waitsForPods() && (await get('/readyz')) === '503 waiting for the first list of pods\n';
  });
  assert.is(await get('/healthz'), '200 ok\n');
  server.releasePods();
  await until('it is ready', async () => (await get('/readyz')) === '200 ok\n');
  assert.is(await get('/healthz'), '200 ok\n');
});

test('a watch without progress is stuck after 10 minutes, and a policy whose reconcile does not end after half an hour', async () => {
  const server = await slowServer();
  const operator = await startOperator(server.url);
  await until('only the pods are missing', server.waitsForPods);
  server.releasePods();
  await until('the status is written', () => server.asked.some(({ method }) => method === 'PATCH'));
  const now = monotonicClock.now();
  assert.is(operator.stuck(now), undefined);
  assert.is(operator.stuck(now + 590_000), undefined);
  assert.match(String(operator.stuck(now + 601_000)), /^stuck: the watch of [^/]*\bpods\b[^/]*$/);
  assert.match(String(operator.stuck(now + 1_801_000)), /^stuck: the watch of .*, team-a\/payments$/);
});

test('the response for a stuck operator has status 503', async () => {
  const get = await served({ stuck: () => 'stuck: the watch of pods', waitingFor: () => undefined });
  assert.is(await get('/healthz'), '503 stuck: the watch of pods\n');
  assert.is(await get('/readyz'), '200 ok\n');
});

test.run();

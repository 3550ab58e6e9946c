import type { KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Pool } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PODS } from '../../../src/kube/kinds.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { NotLeadingError } from '../../../src/kube/rest/errors.ts';
import { until } from '../../harness/until.ts';
import { json, loopback } from '../loopback.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n' } };

/** One connection, so that the second request waits for it; the first one is answered when `answer` is called. */
const oneConnection = async () => {
  const held = Promise.withResolvers<void>();
  const server = await loopback(async (_, response) => {
    await held.promise;
    json(response, 200, pod);
  });
  const pool = new Pool(server.url, { connections: 1, pipelining: 1 });
  const config = Object.create(server.config, {
    applySecurityAuthentication: {
      value: async (context: RequestContext) => context.setDispatcher(pool as never),
    },
  }) as KubeConfig;
  const permission = { held: true, ended: new AbortController() };
  const writes = { granted: () => permission.held, revoked: permission.ended.signal };
  const close = async () => {
    await pool.destroy();
    await server.close();
  };
  return { server, pool, client: new KubeClient(config, { writes }), permission, answer: held.resolve, close };
};

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

test('without the permission no write is sent, and reads are', async () => {
  const { server, client, permission, answer, close } = await oneConnection();
  answer();
  permission.held = false;
  assert.instance(await failure(client.create(PODS, pod, { namespace: 'n' })), NotLeadingError);
  assert.equal(await client.get(PODS, 'p', 'n'), pod);
  assert.equal(
    server.asked.map(({ method }) => method),
    ['GET'],
  );
  await close();
});

test('a write that waited for a connection is not sent when the permission ended meanwhile', async () => {
  const { server, pool, client, permission, answer, close } = await oneConnection();
  const first = client.get(PODS, 'p', 'n');
  await until('the read is there', () => server.asked.length === 1);
  const write = failure(client.create(PODS, pod, { namespace: 'n' }));
  const read = client.get(PODS, 'p', 'n');
  await until('both wait', () => pool.stats.size === 3);
  permission.held = false;
  answer();
  assert.instance(await write, NotLeadingError);
  await first;
  await read;
  assert.equal(
    server.asked.map(({ method }) => method),
    ['GET', 'GET'],
  );
  await close();
});

test('a write under way is aborted when the permission ends, and reads are not', async () => {
  const { server, client, permission, answer, close } = await oneConnection();
  const write = failure(client.create(PODS, pod, { namespace: 'n' }));
  await until('the write is there', () => server.asked.length === 1);
  const read = client.get(PODS, 'p', 'n');
  permission.held = false;
  permission.ended.abort();
  assert.instance(await write, NotLeadingError);
  answer();
  assert.equal(await read, pod);
  await close();
});

test.run();

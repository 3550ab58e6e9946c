import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NAMESPACES } from '../../../src/kube/kinds.ts';
import { KubeClient } from '../../../src/kube/rest/client.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { testCluster } from '../../harness/controlplane.ts';
import { proxyInFrontOf } from './tcp-proxy.ts';

const path = await testCluster();

test('200 requests need two TLS handshakes at most', async () => {
  const config = loadKubeConfig(path);
  const proxy = await proxyInFrontOf(config);
  const client = new KubeClient(config);
  for (let i = 0; i < 200; i += 1) await client.get(NAMESPACES, 'default');
  assert.ok(proxy.connections() <= 2, `${proxy.connections()} handshakes`);
  await config.close();
  await proxy.close();
});

test('after a connection was cut while idle, requests soon succeed again', async () => {
  const config = loadKubeConfig(path);
  const proxy = await proxyInFrontOf(config);
  const client = new KubeClient(config);
  await client.get(NAMESPACES, 'default');
  proxy.cut();
  await client.get(NAMESPACES, 'default').catch(() => undefined);
  await client.get(NAMESPACES, 'default');
  await config.close();
  await proxy.close();
});

test.run();

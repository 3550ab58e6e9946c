// suite: faults
// The API server gets a certificate of another authority, as when a cluster renews its own, and connections are cut.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createAuthority } from '../../../hack/controlplane/certificates.ts';
import { startControlPlane } from '../../../hack/controlplane/start.ts';
import { loadKubeConfig, PooledKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';
import { proxyInFrontOf } from '../kube/tcp-proxy.ts';

/** Reflectors wait up to 30 s between two tries. */
const BACK_MS = 60_000;

const controlPlane = await startControlPlane();
const inDirectory = (name: string): string => join(controlPlane.directory, name);
const renewed = await createAuthority();

/** The administrator trusts the old authority and the new one. */
const trustingBoth = async (): Promise<string> => {
  const config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  config.clusters = config.clusters.map(({ caData = '', ...cluster }) => {
    const both = `${Buffer.from(caData, 'base64')}${renewed.certificate}`;
    return { ...cluster, caData: Buffer.from(both).toString('base64') };
  });
  await writeFile(inDirectory('both.kubeconfig'), config.exportConfig());
  return inDirectory('both.kubeconfig');
};

const palisade = await Palisade.open(await trustingBoth());
const namespace = await palisade.namespace('tls');
test.after(async () => {
  await palisade.close();
  await controlPlane.stop();
});

/** As in a pod, where the kubelet keeps the CA file current. */
const caFile = inDirectory('mounted-ca.crt');
const withCaFile = async (): Promise<PooledKubeConfig> => {
  const { users, contexts, currentContext, clusters } = loadKubeConfig(palisade.operatorKubeconfig);
  const { caData = '' } = loadKubeConfig(controlPlane.kubeconfig).getCurrentCluster() ?? {};
  await writeFile(caFile, Buffer.from(caData, 'base64'));
  const config = new PooledKubeConfig();
  const mounted = clusters.map(({ name, server }) => ({ name, server, skipTLSVerify: false, caFile }));
  config.loadFromOptions({ users, contexts, currentContext, clusters: mounted });
  return config;
};

const showsRenewed = (): Promise<boolean> => {
  const { hostname: host, port } = new URL(controlPlane.server);
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), ca: renewed.certificate }, () => resolve(true));
    socket.on('error', () => resolve(false)).on('secureConnect', () => socket.destroy());
  });
};

test('an operator that does not trust the new authority waits, and continues once its CA file is renewed', async () => {
  const config = await withCaFile();
  const proxy = await proxyInFrontOf(config);
  try {
    await palisade.operatorAs(config, namespace);
    await palisade.apply(namespace, 'before', { network: {} });
    await palisade.ready(namespace, 'before');

    const { certificate, key } = await renewed.serving(['127.0.0.1']);
    await Promise.all([
      writeFile(inDirectory('apiserver.crt'), certificate),
      writeFile(inDirectory('apiserver.key'), key),
    ]);
    await until('the API server shows its new certificate', showsRenewed, BACK_MS);
    const connections = proxy.connections();
    proxy.cut();
    await palisade.apply(namespace, 'after', { network: {} });
    await until('it has tried to reconnect', () => proxy.connections() > connections + 5, BACK_MS);
    assert.is(
      (await palisade.policy(namespace, 'after')).status,
      undefined,
      'the operator trusts no unknown authority',
    );

    await writeFile(caFile, renewed.certificate);
    await palisade.ready(namespace, 'after', BACK_MS);
  } finally {
    await proxy.close();
  }
});

test.run();

import { Registry } from 'prom-client';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { type OperatorOptions, PalisadeOperator } from '../../../src/operator/operator.ts';
import { DEFAULT_DNS_PEERS } from '../../../src/policy/sections/network/dns.ts';
import { FaultyProxy } from '../../harness/faulty-proxy.ts';
import type { Palisade } from '../../harness/palisade.ts';
import { spyLog } from '../../kube/spy-log.ts';

/** What is done with an operator of one namespace that reaches the API server through a proxy; both end with it. */
export const behindProxy = async <T>(
  palisade: Palisade,
  namespace: string,
  work: (proxy: FaultyProxy) => Promise<T>,
  more: Partial<OperatorOptions> = {},
): Promise<T> => {
  const kubeConfig = loadKubeConfig(palisade.operatorKubeconfig);
  const proxy = await FaultyProxy.inFrontOf(kubeConfig);
  const settings = { namespaces: [namespace], workers: 4, resyncMs: 600_000, dnsPeers: DEFAULT_DNS_PEERS };
  const operator = new PalisadeOperator({ kubeConfig, settings, registry: new Registry(), log: spyLog().log, ...more });
  try {
    await operator.start();
    return await work(proxy);
  } finally {
    operator.stop();
    await operator.stopped();
    await kubeConfig.close();
    await proxy.close();
  }
};

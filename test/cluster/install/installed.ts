import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { uninstall } from '../../../src/operator/uninstall.ts';
import { KINDS } from '../../harness/install.ts';
import { applyFolder, remaining } from '../../harness/kustomize.ts';
import { Palisade } from '../../harness/palisade.ts';
import { until } from '../../harness/until.ts';

/** The garbage collector ends within this time; it discovers new kinds every 30 s. */
export const GONE_MS = 180_000;

export const access: PolicySpec['access'] & object = {
  bindings: [{ profile: 'viewer', subjects: [{ kind: 'Group', name: 'readers' }] }],
};
/** A policy with a child of each section. */
export const everything: PolicySpec = {
  network: { isolate: ['Ingress'] },
  podSecurity: { level: 'baseline' },
  access,
  scan: {},
};

/** Palisade as installed, with a policy in force, and with its operator stopped. */
export const installedWith = async (
  kubeconfig: string,
  spec: PolicySpec,
): Promise<{ palisade: Palisade; ns: string }> => {
  const palisade = await Palisade.open(kubeconfig);
  await applyFolder(palisade, 'config/default');
  const ns = await palisade.namespace('team');
  const operator = await palisade.operator(ns);
  await palisade.apply(ns, 'web', spec);
  await palisade.ready(ns, 'web');
  await operator.stop();
  return { palisade, ns };
};

export const untilNothingIsLeft = async (palisade: Palisade, ns: string): Promise<void> => {
  const left = () => remaining(palisade, 'config/default');
  await until('everything that was installed is gone', async () => (await left()).length === 0, GONE_MS);
  for (const kind of ['NetworkPolicy', 'Role', 'RoleBinding'] as const) {
    assert.equal(await palisade.names(KINDS[kind], ns), []);
  }
  assert.equal(await palisade.podSecurityLabels(ns), {});
};

/** `palisade uninstall --yes`. @returns its exit status */
export const uninstalls = (kubeconfig: string): Promise<number> =>
  uninstall({ kubeconfig, namespaces: [], yes: true }, () => {});

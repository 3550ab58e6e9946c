import { findCluster } from '../../hack/controlplane/cluster.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../../hack/controlplane/start.ts';

/**
 * Path of the kubeconfig of the cluster that tests share: what `npm test` started, the current one when
 * USE_EXISTING_CLUSTER=true, or an embedded one that ends with this process. Call it once per test file.
 */
export async function testCluster(): Promise<string> {
  const shared = process.env.PALISADE_TEST_KUBECONFIG;
  if (shared) return shared;
  return (await findCluster()).kubeconfig;
}

/** A control plane that a test may break. Stop it in `test.after`; if not, it ends with the process. */
export function privateControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return startControlPlane(options);
}

import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { findCluster } from '../../hack/controlplane/cluster.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../../hack/controlplane/start.ts';
import { OPERATOR_USER } from '../../hack/install.ts';

/**
 * Path of the kubeconfig of the cluster that tests share: what `npm test` started, the current one when
 * USE_EXISTING_CLUSTER=true, or an embedded one that ends with this process. Call it once per test file.
 */
export async function testCluster(): Promise<string> {
  const shared = process.env.PALISADE_TEST_KUBECONFIG;
  if (shared) return shared;
  return (await findCluster()).kubeconfig;
}

/**
 * A control plane that a test may break. Stop it in `test.after`; if not, it ends with the process. Where `npm test`
 * wants to see what the operator calls, its audit log is kept there.
 */
export function privateControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const directory = process.env.PALISADE_TEST_AUDIT;
  if (!directory) return startControlPlane(options);
  const users = options.auditLog === true ? {} : { users: [OPERATOR_USER] };
  const path = join(directory, `${basename(process.argv[1] ?? '', '.test.ts')}.${randomUUID()}.log`);
  return startControlPlane({ ...options, auditLog: { path, ...users } });
}

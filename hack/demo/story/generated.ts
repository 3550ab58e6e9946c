import { stringify } from 'yaml';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../kinds.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

interface NetworkPolicy extends KubeObject {
  spec: { podSelector: object; policyTypes: string[]; ingress?: object[]; egress?: object[] };
}

const NAMESPACE = 'invoices';

export async function generated(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('The objects that one policy generates');
  const kinds = [KINDS.NetworkPolicy, KINDS.Role, KINDS.RoleBinding];
  screen.command(
    `kubectl get netpol,role,rolebinding -n ${NAMESPACE}`,
    await stage.kubectl.getAll(kinds, { namespace: NAMESPACE }),
  );
  const objects = (await Promise.all(kinds.map((kind) => stage.list(kind, NAMESPACE)))).flat();
  const owners = objects.map((o) => o.metadata.ownerReferences?.find((r) => r.controller)?.name);
  screen.check(
    'one NetworkPolicy, one Role and one RoleBinding, owned by the policy',
    String(owners) === 'invoices,invoices,invoices',
  );

  const [policy] = await stage.list<NetworkPolicy>(KINDS.NetworkPolicy, NAMESPACE);
  const { egress = [], ingress, policyTypes } = policy?.spec ?? { policyTypes: [] };
  screen.command(
    `kubectl get netpol -n ${NAMESPACE} -o yaml | yq '.items[0].spec.egress[-1]'`,
    stringify(egress.at(-1), { flowCollectionPadding: false }),
  );
  const isolated = policyTypes.join() === 'Ingress,Egress' && ingress === undefined;
  screen.check(
    'the pods accept no connection, and may connect only to DNS and this network',
    // One rule has all peers of the cluster's DNS, because they share a port.
    isolated && egress.length === 2,
  );

  screen.command(...(await stage.showLabels(NAMESPACE)));
  const labels = await stage.podSecurity(NAMESPACE);
  const levels = [labels.enforce, labels.audit, labels.warn];
  screen.check(
    'the namespace enforces the Pod Security level',
    levels.every((level) => level === 'restricted'),
  );
}

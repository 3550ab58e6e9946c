import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../../src/kube/object.ts';
import { KINDS } from '../../kinds.ts';
import { until } from '../../until.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';
import { formatColumns } from '../table.ts';

interface NetworkPolicy extends KubeObject {
  spec: object;
}

interface Event extends KubeObject {
  type: string;
  reason: string;
  note: string;
}

const NAMESPACE = 'shop';
const OPEN = { spec: { ingress: [{}] } };

export async function drift(stage: Stage, screen: Screen): Promise<void> {
  screen.heading('A user opens a NetworkPolicy to all traffic');
  const all = await stage.list<NetworkPolicy>(KINDS.NetworkPolicy, NAMESPACE);
  const before = all.find((p) => p.metadata.name.startsWith('shop-base-'));
  if (before === undefined) throw new Error(`namespace ${NAMESPACE} has no NetworkPolicy shop-base-…`);
  const { name } = before.metadata;
  const { object } = await stage.admin.patch<NetworkPolicy>(KINDS.NetworkPolicy, name, OPEN, {
    namespace: NAMESPACE,
    type: 'merge',
    fieldManager: 'kubectl-patch',
  });
  const edited = performance.now();
  screen.command(
    `kubectl patch netpol -n ${NAMESPACE} ${name} --type merge -p '${JSON.stringify(OPEN)}'`,
    `networkpolicy.networking.k8s.io/${name} patched`,
  );
  await until(`NetworkPolicy ${name} is restored`, async () => {
    const after = await stage.admin.get<NetworkPolicy>(KINDS.NetworkPolicy, name, NAMESPACE);
    return isDeepStrictEqual(after.spec, before.spec);
  });
  const ms = Math.round(performance.now() - edited);
  screen.check(`${ms} ms later, the NetworkPolicy is restored`, !isDeepStrictEqual(object.spec, before.spec));

  const event = await until('the Event', () => repairEvent(stage, name));
  screen.command(
    `kubectl get events.events.k8s.io -n ${NAMESPACE} --field-selector reason=DriftRepaired \\\n` +
      '    -o custom-columns=TYPE:.type,REASON:.reason,NOTE:.note',
    formatColumns([
      ['TYPE', 'REASON', 'NOTE'],
      [event.type, event.reason, event.note],
    ]),
  );
  screen.check(
    'an Event names the field manager that changed it',
    event.note.includes('changed by field manager kubectl-patch'),
  );
}

async function repairEvent(stage: Stage, networkPolicy: string): Promise<Event | undefined> {
  const events = await stage.list<Event>(KINDS.Event, NAMESPACE);
  return events.find((e) => e.reason === 'DriftRepaired' && e.note.includes(networkPolicy));
}

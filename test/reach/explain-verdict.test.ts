import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DOUBTS } from '../../src/reach/doubts.ts';
import { explainVerdict } from '../../src/reach/explain-verdict.ts';
import { Reach } from '../../src/reach/reach.ts';
import type { Endpoint } from '../../src/reach/verdict.ts';
import type { ReachPolicy } from '../../src/reach/world.ts';
import { app, netpol, pod, world } from './worlds.ts';

const web = pod('shop/web');
const db = pod('data/db', { addresses: ['10.1.0.2'] });
const planned = pod('data/db', { state: 'Planned', workload: { kind: 'StatefulSet', name: 'db' } });
const origin = (description?: string) => ({
  ...{ namespace: 'data', name: 'books' },
  ingress: [[{ field: 'ingress[1]', ...(description && { description }) }, { field: 'sameNamespace' }]],
  egress: [],
});
const books = (description?: string): ReachPolicy => ({
  ...netpol('data/books-ingress-1', { podSelector: app('db'), ingress: [{ ports: [{ port: 'http' }] }] }),
  origin: origin(description),
});
const byAddress = netpol('shop/net', {
  policyTypes: ['Egress'],
  egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }, { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }],
});

interface Row {
  readonly policies: ReachPolicy[];
  readonly from?: Endpoint;
  readonly to?: Endpoint;
  readonly port?: number;
  readonly said: [summary: string, egress: string, ingress: string];
}

const OPEN = 'Egress: open, because no NetworkPolicy isolates Pod shop/web for egress';
const rows: Readonly<Record<string, Row>> = {
  open: {
    policies: [],
    said: [
      'Pod shop/web can connect to Pod data/db at port 8080/TCP',
      OPEN,
      'Ingress: open, because no NetworkPolicy isolates Pod data/db for ingress',
    ],
  },
  'allowed, in the words of the user': {
    policies: [books('web calls\n db')],
    to: planned,
    said: [
      'Pod shop/web can connect to StatefulSet data/db at port 8080/TCP',
      OPEN,
      'Ingress: allowed by ingress[1] "web calls db" and sameNamespace of ContainerSecurityPolicy data/books',
    ],
  },
  'denied by one policy with several NetworkPolicies': {
    policies: [books(), { ...books(), name: 'books-base' }],
    port: 9090,
    said: [
      'Pod shop/web cannot connect to Pod data/db at port 9090/TCP',
      OPEN,
      'Ingress: denied: ContainerSecurityPolicy data/books isolates Pod data/db, and no rule allows the connection',
    ],
  },
  'denied by several': {
    policies: [books(), netpol('data/legacy', {})],
    port: 9090,
    said: [
      'Pod shop/web cannot connect to Pod data/db at port 9090/TCP',
      OPEN,
      'Ingress: denied: ContainerSecurityPolicy data/books and NetworkPolicy data/legacy isolate Pod data/db, and no rule allows the connection',
    ],
  },
  unknown: {
    policies: [byAddress],
    said: [
      'Pod shop/web may or may not be able to connect to Pod data/db at port 8080/TCP',
      `Egress: unknown: NetworkPolicy shop/net isolates Pod shop/web; egress[0] of NetworkPolicy shop/net (and 1 more) may allow the connection: ${DOUBTS.PodByAddress}`,
      'Ingress: open, because no NetworkPolicy isolates Pod data/db for ingress',
    ],
  },
  'from a node that is not known': {
    policies: [netpol('data/all', {})],
    from: pod('shop/agent', { hostNetwork: true }),
    said: [
      'Pod shop/agent may or may not be able to connect to Pod data/db at port 8080/TCP',
      'Egress: not governed for Pod shop/agent: the pod is on the host network, where most network plug-ins apply no NetworkPolicy',
      `Ingress: unknown: NetworkPolicy data/all isolates Pod data/db, and no rule surely allows the connection; but ${DOUBTS.NodeUnknown}`,
    ],
  },
  'to itself': {
    policies: [netpol('data/all', {})],
    from: db,
    said: [
      'Pod data/db can connect to itself at port 8080/TCP',
      'Egress: not governed for Pod data/db: a pod always reaches itself',
      'Ingress: not governed for Pod data/db: a pod always reaches itself',
    ],
  },
  'to an address': {
    policies: [],
    to: { address: '203.0.113.1' },
    said: [
      'Pod shop/web can connect to 203.0.113.1 at port 8080/TCP',
      OPEN,
      'Ingress: not governed for 203.0.113.1: it is no pod, so no NetworkPolicy applies to it',
    ],
  },
  'to a pod that has finished': {
    policies: [],
    to: pod('data/job', { state: 'Finished' }),
    said: [
      'Pod shop/web cannot connect to Pod data/job at port 8080/TCP',
      OPEN,
      'Ingress: no traffic: Pod data/job has finished',
    ],
  },
};

for (const [what, { policies, from = web, to = db, port = 8080, said }] of Object.entries(rows)) {
  test(what, () => {
    const reach = new Reach(world({ pods: [web, db], policies }));
    const { summary, egress, ingress } = explainVerdict(reach.verdict(from, to, { port, protocol: 'TCP' }));
    assert.equal([summary, egress, ingress], said);
  });
}

test.run();

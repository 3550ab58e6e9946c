import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Matrix } from '../../src/reach/matrix.ts';
import { Reach } from '../../src/reach/reach.ts';
import { app, netpol, pod, world } from './worlds.ts';

const PORTS = [
  { port: 8080, name: 'http', protocol: 'TCP' },
  { port: 53, protocol: 'UDP' },
] as const;
const pods = ['web', 'api', 'db', 'job'].flatMap((name) => [
  pod(`shop/${name}`, { ports: PORTS, addresses: ['10.0.0.1'] }),
  pod(`shop/${name}`, { name: `${name}-2`, ports: PORTS, labels: { app: name }, addresses: ['10.0.0.2'] }),
  pod(`data/${name}`, { ports: PORTS.slice(0, 1) }),
]);
const special = [
  pod('shop/old', { state: 'Finished' }),
  pod('shop/agent', { hostNetwork: true, node: 'a' }),
  pod('data/silent', { ports: [] }),
  pod('new/web'),
];
const policies = [
  netpol('shop/web', { podSelector: app('web'), ingress: [{ ports: [{ port: 'http' }] }] }),
  netpol('shop/api', {
    podSelector: app('api'),
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: app('web') }, { namespaceSelector: { matchLabels: { team: 'data' } } }] }],
    egress: [
      { to: [{ ipBlock: { cidr: '10.0.0.0/31' } }], ports: [{ protocol: 'UDP' }] },
      { to: [{ namespaceSelector: {}, podSelector: app('db') }], ports: [{ port: 'http' }] },
    ],
  }),
  netpol('shop/db', {
    podSelector: app('db'),
    ingress: [{ from: [{ namespaceSelector: {}, podSelector: app('api') }] }],
  }),
  netpol('data/all', { policyTypes: ['Ingress', 'Egress'], ingress: [{ from: [{ podSelector: {} }] }], egress: [] }),
];

test('the matrix answers as verdicts do', () => {
  const reach = new Reach(world({ pods: [...pods, ...special], policies }));
  const matrix = new Matrix(reach);
  const counts = { Yes: 0, No: 0, Unknown: 0 };
  for (const from of reach.world.pods) {
    for (const to of reach.world.pods) {
      for (const slot of matrix.slotsOf(to)) {
        const { allowed } = reach.verdict(from, to, slot.traffic);
        assert.is(matrix.answer(from, to, slot), allowed, `${from.name} ${to.name} ${slot.traffic.port}`);
        counts[allowed] += 1;
      }
    }
  }
  assert.equal(
    Object.values(counts).map((n) => n > 10),
    [true, true, true],
  );
});

test('pods that look alike to every policy share a class', () => {
  const reach = new Reach(world({ pods, policies }));
  assert.is(reach.classes.length, 12);
  assert.is(new Reach(world({ pods, policies: policies.slice(2) })).classes.length, 8);
});

test('a pod that is not in the world', () => {
  const reach = new Reach(world({ pods, policies }));
  const matrix = new Matrix(reach);
  const [web] = pods;
  const stranger = pod('shop/stranger');
  assert.is(matrix.answer(stranger, web!, matrix.slotsOf(web!)[0]!), 'Yes');
  assert.is(matrix.answer(stranger, web!, matrix.slotsOf(web!)[1]!), 'No');
  assert.equal(matrix.slotsOf(stranger), []);
});

test.run();

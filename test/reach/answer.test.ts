import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answer, type Destination } from '../../src/reach/answer.ts';
import { Reach } from '../../src/reach/reach.ts';
import type { Wanted } from '../../src/reach/service.ts';
import { type Answer, isPod } from '../../src/reach/verdict.ts';
import type { ReachService, World } from '../../src/reach/world.ts';
import { app, netpol, pod, world } from './worlds.ts';

const web = pod('shop/web', { addresses: ['10.1.0.1'] });
const db = pod('data/db', {
  addresses: ['10.1.0.2'],
  ports: [
    { port: 5432, name: 'pg', protocol: 'TCP' },
    { port: 5432, name: 'pg', protocol: 'UDP' },
  ],
});
const replica = pod('data/db', { ...db, name: 'db-2', addresses: ['10.1.0.3'], ports: [] });
const gone = pod('data/db', { ...db, name: 'db-3', state: 'Finished' });

const service = (more: Partial<ReachService> = {}): ReachService => ({
  ...{ namespace: 'data', name: 'db', clusterIPs: ['10.96.0.7'], selector: { app: 'db' } },
  ports: [{ port: 80, name: 'sql', protocol: 'TCP', targetPort: 'pg' }],
  ...more,
});

interface Row {
  readonly world?: Partial<World>;
  readonly to: Destination;
  readonly wanted?: Wanted;
  readonly allowed?: Answer;
  readonly targets: string[];
  readonly problems?: string[];
}

const TCP = 'TCP' as const;
const slice = {
  ...{ namespace: 'data', service: 'db' },
  endpoints: [{ addresses: ['10.1.0.2'], pod: 'db' }, { addresses: ['198.51.100.1'] }],
  ports: [{ name: 'sql', port: 5433, protocol: TCP }],
};
const headless = service({ clusterIPs: [] });
const NO_PG = 'Pod data/db-2 declares no port pg, the targetPort of 80';

const rows: Readonly<Record<string, Row>> = {
  'the Service’s port is mapped, and a name is looked up in each pod': {
    to: { service: service() },
    wanted: { port: 80 },
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
  'a cluster IP is its Service': {
    to: { address: '10.96.0.7' },
    wanted: { port: 80 },
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
  'the name of a port of a Service': {
    to: { service: service() },
    wanted: { port: 'sql' },
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
  'the port of the pods is none of the Service': {
    to: { service: service() },
    wanted: { port: 5432 },
    targets: [],
    allowed: 'Unknown',
    problems: ['Service data/db has no port 5432'],
  },
  'another protocol': {
    to: { service: service() },
    wanted: { port: 80, protocol: 'UDP' },
    targets: [],
    allowed: 'Unknown',
    problems: ['Service data/db has no port 80/UDP'],
  },
  'a number as targetPort': {
    to: { service: service({ ports: [{ port: 80, protocol: TCP, targetPort: 5432 }] }) },
    targets: ['db 5432/TCP', 'db-2 5432/TCP'],
  },
  'no targetPort is the same port': {
    to: { service: service({ ports: [{ port: 80, protocol: TCP }] }) },
    targets: ['db 80/TCP', 'db-2 80/TCP'],
  },
  'EndpointSlices say more than the selector': {
    world: { slices: [slice] },
    to: { service: service() },
    wanted: { port: 80 },
    targets: ['db 5433/TCP', '198.51.100.1 5433/TCP'],
  },
  'an empty EndpointSlice does not': {
    world: { slices: [{ ...slice, endpoints: [] }] },
    to: { service: service() },
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
  'no endpoint is ready': {
    world: { slices: [{ ...slice, endpoints: slice.endpoints.map((one) => ({ ...one, unready: true as const })) }] },
    to: { service: service() },
    targets: ['db 5433/TCP', '198.51.100.1 5433/TCP'],
    problems: ['no pod of Service data/db is ready, so connections to it fail'],
  },
  'an endpoint is not ready': {
    world: { slices: [{ ...slice, endpoints: [{ ...slice.endpoints[0]!, unready: true }, slice.endpoints[1]!] }] },
    to: { service: service() },
    targets: ['db 5433/TCP', '198.51.100.1 5433/TCP'],
  },
  'no endpoint of a headless Service is ready': {
    world: { slices: [{ ...slice, endpoints: [{ ...slice.endpoints[0]!, unready: true }] }] },
    to: { service: headless },
    wanted: { port: 80 },
    targets: ['db 80/TCP'],
    problems: ['no pod of Service data/db is ready, so its DNS name has no address'],
  },
  'a headless Service maps nothing': { to: { service: headless }, wanted: { port: 80 }, targets: ['db 80/TCP'] },
  'the name of a port of a headless Service': {
    to: { service: headless },
    wanted: { port: 'sql' },
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
  'no pods': {
    to: { service: service({ selector: { app: 'x' } }) },
    targets: [],
    allowed: 'Unknown',
    problems: ['Service data/db has no endpoints'],
  },
  'another name': {
    to: { service: service({ externalName: 'db.example.com' }) },
    targets: [],
    allowed: 'Unknown',
    problems: ['Service data/db is another name for db.example.com, whose addresses are unknown'],
  },
  'an external IP': {
    world: { services: [service({ externalIPs: ['203.0.113.9'] })] },
    to: { address: '203.0.113.9' },
    wanted: { port: 80 },
    targets: [],
    allowed: 'Unknown',
    problems: [
      'port 80 of 203.0.113.9 leads to Service data/db, and its pods may see the address of a node in place of the source: name the Service, as in db.data:80',
    ],
  },
  'another port of an external IP': {
    world: { services: [service({ externalIPs: ['203.0.113.9'] })] },
    to: { address: '203.0.113.9' },
    wanted: { port: 81 },
    targets: ['203.0.113.9 81/TCP'],
  },
  'a node port': {
    world: {
      services: [service({ ports: [{ ...service().ports[0]!, nodePort: 30080 }] })],
      nodes: [{ name: 'a', addresses: ['2001:db8::1'] }],
    },
    to: { address: '2001:DB8:0::1' },
    wanted: { port: 30080 },
    targets: [],
    allowed: 'Unknown',
    problems: [
      'port 30080 of 2001:DB8:0::1 leads to Service data/db, and its pods may see the address of a node in place of the source: name the Service, as in db.data:80',
    ],
  },
  'a node port in the other protocol': {
    world: {
      services: [service({ ports: [{ ...service().ports[0]!, nodePort: 30080 }] })],
      nodes: [{ name: 'a', addresses: ['192.0.2.1'] }],
    },
    to: { address: '192.0.2.1' },
    wanted: { port: 30080, protocol: 'UDP' },
    targets: ['192.0.2.1 30080/UDP'],
  },
  'a port name of a pod': { to: db, wanted: { port: 'pg', protocol: TCP }, targets: ['db 5432/TCP'] },
  'a port name of a pod in every protocol': { to: db, wanted: { port: 'pg' }, targets: ['db 5432/TCP', 'db 5432/UDP'] },
  'a pod declares no such name': {
    to: db,
    wanted: { port: 'http' },
    targets: [],
    allowed: 'Unknown',
    problems: ['Pod data/db declares no port http'],
  },
  'a pod may listen on a number that it does not declare': { to: db, wanted: { port: 99 }, targets: ['db 99/TCP'] },
  'every port of a pod': { to: db, targets: ['db 5432/TCP', 'db 5432/UDP'] },
  'an address of a pod': {
    to: { address: '10.1.0.2' },
    wanted: { port: 'pg', protocol: TCP },
    targets: ['db 5432/TCP'],
  },
  'a name, and an address of nobody': {
    to: { address: '198.51.100.1' },
    wanted: { port: 'pg' },
    targets: [],
    allowed: 'Unknown',
    problems: ["198.51.100.1 is no pod's address: name the port by its number"],
  },
  'some pods allow it, and others do not': {
    world: { policies: [netpol('data/a', { podSelector: { matchLabels: { only: 'here' } } })] },
    to: { service: service({ ports: [{ port: 80, protocol: TCP, targetPort: 5432 }] }) },
    allowed: 'Unknown',
    targets: ['db 5432/TCP', 'db-2 5432/TCP'],
  },
  'all deny it': {
    world: { policies: [netpol('data/a', { podSelector: app('db') })] },
    to: { service: service() },
    allowed: 'No',
    targets: ['db 5432/TCP'],
    problems: [NO_PG],
  },
};

for (const [what, { world: more, to, wanted = {}, allowed = 'Yes', targets, problems = [] }] of Object.entries(rows)) {
  test(what, () => {
    const labeled = { ...replica, labels: { app: 'db', only: 'here' } };
    const reach = new Reach(world({ pods: [web, db, labeled, gone], services: [service()], ...more }));
    const answered = answer(reach, web, to, wanted);
    const shown = answered.verdicts.map(
      ({ to: at, traffic: { port, protocol } }) => `${isPod(at) ? at.name : at.address} ${port}/${protocol}`,
    );
    assert.equal([answered.allowed, shown, answered.problems], [allowed, targets, problems]);
  });
}

test.run();

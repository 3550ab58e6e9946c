import type { ReachPod, World } from '../../../src/reach/world.ts';
import { app, HTTP, netpol, pod, world } from '../../reach/worlds.ts';

const deployment = (path: string, more: Partial<ReachPod> = {}): ReachPod => {
  const one = pod(path, more);
  return { ...one, workload: { kind: 'Deployment', name: one.name } };
};

export const POSTGRES = { port: 5432, name: 'pg', protocol: 'TCP' } as const;

/** web is open to anywhere, api to web, db to api and a cidr; tool has no policy. */
export const SHOP: World = world({
  pods: [
    deployment('shop/web'),
    deployment('shop/api', { ports: [HTTP, { port: 9090, protocol: 'TCP' }] }),
    deployment('data/db', { ports: [POSTGRES] }),
    deployment('data/tool'),
  ],
  policies: [
    netpol('shop/web', {
      podSelector: app('web'),
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port: 8080 }] }],
      egress: [
        { to: [{ podSelector: app('api') }], ports: [{ port: 8080 }] },
        { to: [{ podSelector: app('nobody') }], ports: [{ port: 53, protocol: 'UDP' }] },
      ],
    }),
    netpol('shop/api', { podSelector: app('api'), ingress: [{ from: [{ podSelector: app('web') }] }] }),
    netpol('data/db', {
      podSelector: app('db'),
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { team: 'shop' } }, podSelector: app('api') }] },
        {
          from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
          ports: [{ port: 5432, endPort: 5433 }],
        },
      ],
    }),
  ],
});

const SPACES = ['accounts', 'billing', 'catalog', 'delivery', 'monitoring'];
const TIERS = ['gateway', 'web-0', 'web-1', 'api-0', 'api-1', 'api-2', 'worker-0', 'worker-1', 'database', 'exporter'];

const pick = (apps: readonly string[]) => [
  { podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [...apps] }] } },
];
const prometheus = { namespaceSelector: { matchLabels: { team: 'monitoring' } }, podSelector: app('gateway') };

/** Who may call a workload of each namespace. */
const callersOf = (name: string) => {
  if (name === 'gateway') return [];
  if (name.startsWith('web')) return pick(['gateway']);
  if (name.startsWith('api')) return pick(['web-0', 'web-1', 'worker-0']);
  if (name.startsWith('worker')) return pick(['api-0']);
  return name === 'database' ? [{ podSelector: {} }] : [prometheus];
};

/** 50 workloads, ten in each of five namespaces, with 8080 open to the callers of their tier. */
export const FIFTY: World = world({
  namespaces: SPACES.map((name) => ({ name, labels: { team: name } })),
  pods: SPACES.flatMap((space) => TIERS.map((name) => deployment(`${space}/${name}`))),
  policies: SPACES.flatMap((space) =>
    TIERS.map((name) =>
      netpol(`${space}/${name}`, {
        podSelector: app(name),
        ingress: [{ from: callersOf(name), ports: [{ port: 8080 }] }],
      }),
    ),
  ),
});

const ATTACK = `"><script>window.attacked = 1</script><img src="http://127.0.0.1:9/x" onerror="window.attacked = 1"><style>svg { display: none }</style></svg>]|" end click n0 href "javascript:alert(1)" \\`;

/** Files may hold names that no API server would take. */
export const HOSTILE: World = world({
  namespaces: [{ name: ATTACK, labels: {} }],
  pods: [{ ...pod('x/y'), namespace: ATTACK, name: ATTACK, workload: { kind: ATTACK, name: ATTACK } }],
  policies: [
    {
      ...netpol('x/y', {
        podSelector: {},
        ingress: [{ from: [{ ipBlock: { cidr: ATTACK } }], ports: [{ port: ATTACK }] }],
      }),
      namespace: ATTACK,
    },
  ],
});

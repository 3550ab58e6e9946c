// suite: tools
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Evidence, Party } from '../../../../src/cli/suggest/evidence/evidence.ts';
import { exposedServices } from '../../../../src/cli/suggest/evidence/exposed-services.ts';
import { gatewayRoutes } from '../../../../src/cli/suggest/evidence/gateway-routes.ts';
import { ingresses } from '../../../../src/cli/suggest/evidence/ingresses.ts';
import { suggested } from '../worlds.ts';

const nameOf = (party: Party): string => {
  if (party.type === 'Workload') return `${party.workload.namespace}/${party.workload.name}`;
  return party.type === 'Network' ? party.cidr : `namespace ${party.namespace}`;
};

const said = ({ connections, gaps }: Evidence) => ({
  connections: connections.flatMap(({ from, to, ports }) =>
    ports.map(({ port }) => `${nameOf(from)} > ${nameOf(to)}:${port}`),
  ),
  gaps: gaps.map(({ text }) => text),
});

const APP = `
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}, spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}, {name: grpc, containerPort: 9090}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}, {name: grpc, port: 90, targetPort: 9090}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: other, namespace: edge}, spec: {template: {metadata: {labels: {app: other}}, spec: {containers: [{name: c}]}}}}
`;

const controller = (name: string, labels: string, args = '[]'): string =>
  `{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: ${name}, namespace: edge}, spec: {template: {metadata: {labels: ${labels}}, spec: {containers: [{name: c, args: ${args}}]}}}}`;
const NGINX = controller('nginx', '{app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}');
const DEFAULT_BACKEND = controller(
  'backend',
  '{app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: default-backend}',
);
const TRAEFIK = controller('traefik', '{app.kubernetes.io/name: traefik}');
const INTERNAL = controller('internal', '{app: internal}', '[--controller-class=k8s.io/internal-ingress-nginx]');
const ingressClass = (name: string, type: string, annotations = '{}'): string =>
  `{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: ${name}, annotations: ${annotations}}, spec: {controller: ${type}}}`;
const ingress = (spec: string, annotations = '{}'): string =>
  `{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web, namespace: shop, annotations: ${annotations}}, spec: ${spec}}`;
const TO_HTTP = 'defaultBackend: {service: {name: web, port: {name: http}}}';
const TO_90 = 'rules: [{http: {paths: [{backend: {service: {name: web, port: {number: 90}}}}]}}]';

const INGRESSES: [name: string, documents: string[], connections: string[], gap?: RegExp][] = [
  [
    'its class',
    [
      NGINX,
      DEFAULT_BACKEND,
      TRAEFIK,
      ingressClass('a', 'k8s.io/ingress-nginx'),
      ingress(`{ingressClassName: a, ${TO_HTTP}}`),
    ],
    ['edge/nginx > shop/web:8080'],
  ],
  [
    'another class',
    [NGINX, TRAEFIK, ingressClass('a', 'traefik.io/ingress-controller'), ingress(`{ingressClassName: a, ${TO_90}}`)],
    ['edge/traefik > shop/web:9090'],
  ],
  [
    'a controller by its argument',
    [NGINX, INTERNAL, ingressClass('a', 'k8s.io/internal-ingress-nginx'), ingress(`{ingressClassName: a, ${TO_90}}`)],
    ['edge/internal > shop/web:9090'],
  ],
  [
    'an annotation, and a class that no file has',
    [NGINX, TRAEFIK, ingress(`{${TO_HTTP}}`, '{kubernetes.io/ingress.class: nginx}')],
    ['edge/nginx > shop/web:8080'],
  ],
  [
    'the default class',
    [
      TRAEFIK,
      ingressClass('a', 'traefik.io/ingress-controller', '{ingressclass.kubernetes.io/is-default-class: "true"}'),
      ingress(`{${TO_HTTP}}`),
    ],
    ['edge/traefik > shop/web:8080'],
  ],
  [
    'no class',
    [NGINX, ingress(`{${TO_HTTP}}`)],
    [],
    /^Ingress web: no pod of its ingress controller was found \(it names no class\)/,
  ],
  [
    'a load balancer of the cloud',
    [NGINX, ingressClass('alb', 'ingress.k8s.aws/alb'), ingress(`{ingressClassName: alb, ${TO_HTTP}}`)],
    [],
    /of class alb\): add an ingress rule from its pods, or from its load balancer/,
  ],
  [
    'a Service that is not there',
    [NGINX, ingress('{ingressClassName: nginx, defaultBackend: {service: {name: none}}}')],
    [],
    /^Ingress web routes to Service none, which does not exist/,
  ],
];

for (const [name, documents, connections, gap] of INGRESSES)
  test(`Ingress: ${name}`, () => {
    const found = said(ingresses(suggested([APP, ...documents].join('\n---\n'), 'shop')));
    assert.equal(found.connections, connections);
    if (gap === undefined) assert.equal(found.gaps, []);
    else assert.match(found.gaps[0] ?? '', gap);
  });

const gatewayPods = (labels: string): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: gw, namespace: edge}, spec: {template: {metadata: {labels: ${labels}}, spec: {containers: [{name: c}]}}}}`;
const GATEWAY = '{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: edge}}';
const ELSEWHERE = '{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: public, namespace: far}}';
const route = (kind: string, rules: string, parent = '{name: public, namespace: edge}'): string =>
  `{apiVersion: gateway.networking.k8s.io/v1, kind: ${kind}, metadata: {name: web, namespace: shop}, spec: {parentRefs: [${parent}], rules: ${rules}}}`;
const TO_80 = '[{backendRefs: [{name: web, port: 80}]}]';
const NAMED = gatewayPods('{gateway.networking.k8s.io/gateway-name: public}');

const ROUTES: [name: string, documents: string[], connections: string[], gap?: RegExp][] = [
  ['HTTPRoute', [GATEWAY, NAMED, route('HTTPRoute', TO_80)], ['edge/gw > shop/web:8080']],
  ['GRPCRoute', [NAMED, route('GRPCRoute', '[{backendRefs: [{name: web, port: 90}]}]')], ['edge/gw > shop/web:9090']],
  ['TCPRoute', [NAMED, route('TCPRoute', TO_80)], ['edge/gw > shop/web:8080']],
  [
    'a mirror',
    [NAMED, route('HTTPRoute', '[{filters: [{requestMirror: {backendRef: {name: web, port: 90}}}]}]')],
    ['edge/gw > shop/web:9090'],
  ],
  [
    'Envoy Gateway',
    [
      gatewayPods(
        '{gateway.envoyproxy.io/owning-gateway-name: public, gateway.envoyproxy.io/owning-gateway-namespace: edge}',
      ),
      route('HTTPRoute', TO_80),
    ],
    ['edge/gw > shop/web:8080'],
  ],
  [
    'pods that no file has',
    [ELSEWHERE, route('HTTPRoute', TO_80, '{name: public, namespace: far}')],
    ['namespace far > shop/web:8080'],
    /the pods of Gateway far\/public are unknown, so the rule has its whole namespace/,
  ],
  ['no Gateway', [route('HTTPRoute', TO_80)], [], /^HTTPRoute web: no pod of Gateway edge\/public was found/],
  ['a Gateway of the host', [GATEWAY, route('HTTPRoute', TO_80)], [], /no pod of Gateway edge\/public was found/],
  [
    'a mesh',
    [NAMED, route('HTTPRoute', TO_80, '{kind: Service, name: web}')],
    [],
    /its parent is Service web, so its clients are unknown/,
  ],
];

for (const [name, documents, connections, gap] of ROUTES)
  test(`Gateway API: ${name}`, () => {
    const found = said(gatewayRoutes(suggested([APP, ...documents].join('\n---\n'), 'shop')));
    assert.equal(found.connections, connections);
    if (gap === undefined) assert.equal(found.gaps, []);
    else assert.match(found.gaps[0] ?? '', gap);
  });

const exposed = (spec: string): string =>
  `{apiVersion: v1, kind: Service, metadata: {name: front, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}], ${spec}}}`;

test('load balancers have the networks that they say, and else a comment', () => {
  const of = (spec: string) => said(exposedServices(suggested(`${APP}\n---\n${exposed(spec)}`, 'shop')));
  assert.equal(of('type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]'), {
    connections: ['192.0.2.0/24 > shop/web:8080'],
    gaps: [],
  });
  const open = of('type: LoadBalancer');
  assert.equal(open.connections, []);
  assert.match(
    open.gaps[0] ?? '',
    /^Service front of type LoadBalancer: .* from: \[\{cidr: …\}\] and ports: \[\{port: 8080\}\]/,
  );
  assert.match(of('type: NodePort').gaps[0] ?? '', /^Service front of type NodePort/);
  assert.equal(of('type: ClusterIP'), { connections: [], gaps: [] });
});

test.run();

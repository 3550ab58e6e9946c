import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PolicySpec } from '../../../src/api/policy.ts';
import { promoted, render } from '../../../src/cli/render/render.ts';
import { StalledError } from '../../../src/policy/errors.ts';
import { parseDnsPeers } from '../../../src/policy/sections/network/dns.ts';
import { policyOf } from '../../policy/policy.ts';

const context = { dnsPeers: parseDnsPeers('10.96.0.10/32:53'), apiServer: [] };
const named = (name: string, spec: PolicySpec, namespace = 'team-a') =>
  policyOf(spec, { metadata: { name, namespace } });

const SUBJECTS = [{ kind: 'ServiceAccount' as const, name: 'shipper' }];
const kinds = (objects: readonly { kind: string }[]): string[] => objects.map((o) => o.kind);

test('an empty policy creates nothing', () => {
  assert.equal(render([named('p', {})], context), { objects: [], notes: [] });
});

test('the order is labels, NetworkPolicies with the one for all pods last, Roles before their bindings, then the ImageScan', () => {
  const policy = named('p', {
    network: { allow: { ingress: [{ pods: { matchLabels: { app: 'web' } }, from: [{ anywhere: true }] }] } },
    podSecurity: { level: 'baseline' },
    access: {
      bindings: [{ profile: 'viewer', subjects: SUBJECTS }],
      roles: [
        { name: 'logs', rules: [{ apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }], subjects: SUBJECTS },
      ],
    },
    scan: { schedule: '@daily' },
  });
  const { objects } = render([policy], context);
  assert.equal(kinds(objects), [
    'Namespace',
    'NetworkPolicy',
    'NetworkPolicy',
    'Role',
    'RoleBinding',
    'RoleBinding',
    'ImageScan',
  ]);
  assert.equal(
    objects.slice(1, 3).map((o) => o.kind === 'NetworkPolicy' && o.spec.podSelector),
    [{ matchLabels: { app: 'web' } }, {}],
  );
});

test("every generated object has the labels of the operator and of the policy, which wins; Palisade's own stay", () => {
  const spec: PolicySpec = {
    childLabels: { team: 'a' },
    network: {},
    access: { bindings: [{ profile: 'viewer', subjects: SUBJECTS }] },
    scan: {},
  };
  const { objects } = render([named('p', spec)], context, { team: 'platform', cost: '42' });
  assert.equal(
    objects.map(({ metadata }) => metadata.labels),
    objects.map(() => ({
      team: 'a',
      cost: '42',
      'app.kubernetes.io/managed-by': 'palisade',
      'security.palisade.dev/policy': 'p',
    })),
  );
  assert.is(objects.length, 3);
});

test('the strictest policy of a namespace sets its labels, once', () => {
  const { objects } = render(
    [
      named('a', { podSecurity: { level: 'baseline' } }),
      named('b', { podSecurity: { level: 'restricted', version: 'v1.30' } }),
      named('c', { podSecurity: { level: 'privileged' } }, 'team-b'),
    ],
    context,
  );
  const labels = (level: string, version: string) => ({
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/enforce-version': version,
    'pod-security.kubernetes.io/audit': level,
    'pod-security.kubernetes.io/audit-version': version,
    'pod-security.kubernetes.io/warn': level,
    'pod-security.kubernetes.io/warn-version': version,
  });
  assert.equal(objects, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a', labels: labels('restricted', 'v1.30') } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b', labels: labels('privileged', 'latest') } },
  ]);
});

test('image rules become the namespace label by which the API server finds them', () => {
  const images = { allowed: ['docker.io/*'] };
  const { objects } = render([named('a', { images }), named('b', {}), named('c', { images }, 'team-b')], context);
  const labels = { 'security.palisade.dev/trusted-images': 'true' };
  assert.equal(objects, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a', labels } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b', labels } },
  ]);
});

test('Audit and suspend show the objects that would be created, with a note', () => {
  const spec: PolicySpec = { podSecurity: { level: 'baseline' }, network: {} };
  const enforced = render([named('p', spec)], context);
  const audited = render([named('p', { ...spec, mode: 'Audit', suspend: true })], context);
  assert.equal(audited.objects, enforced.objects);
  assert.equal(audited.notes, [
    'team-a/p: mode is Audit: nothing is enforced; the output shows the objects of mode Enforce',
    'team-a/p: suspend is true: the output shows the objects that the operator would create if suspend were false',
  ]);
});

test('a proposal is omitted, with a note; promoted, it replaces all sections', () => {
  const proposing: PolicySpec = { podSecurity: { level: 'baseline' }, proposed: { network: { isolate: ['Ingress'] } } };
  const { objects, notes } = render([named('p', proposing)], context);
  assert.equal(objects, render([named('p', { podSecurity: { level: 'baseline' } })], context).objects);
  assert.equal(notes, [
    'team-a/p: spec.proposed has no effect, so the output omits it; --proposed prints it in place of spec',
  ]);
  const after = render([named('p', proposing)].map(promoted), context);
  assert.equal(after, render([named('p', { network: { isolate: ['Ingress'] } })], context));
  const without = named('q', { network: {} });
  assert.equal(promoted(without), without);
});

test('with --dns-peers auto, the operator allows more than the output shows', () => {
  const asked = named('p', { network: { isolate: ['Egress'] } });
  const notAsked = named('q', { network: { isolate: ['Ingress'] } });
  const { notes } = render([asked, notAsked], { ...context, isDnsPartial: true });
  assert.is(notes.length, 1);
  assert.match(notes[0] ?? '', /^team-a\/p: .* pass its addresses and pods with --dns-peers$/);
});

test('allow.apiServer requires the addresses of the API server', () => {
  const policy = named('p', { network: { isolate: ['Egress'], allow: { apiServer: true, dns: false } } });
  assert.equal(render([policy], context).notes, [
    'team-a/p: allow.apiServer is omitted from the output: pass the addresses of the API server with --api-server',
  ]);
  const apiServer = [{ cidrs: ['10.0.0.1/32'], ports: [{ protocol: 'TCP', port: 6443 }] }];
  const { objects, notes } = render([policy], { ...context, apiServer });
  assert.equal(notes, []);
  assert.equal(
    objects.map((o) => 'spec' in o && o.spec),
    [
      {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ protocol: 'TCP', port: 6443 }] }],
      },
    ],
  );
});

test('rules without effect are named', () => {
  const web = { matchLabels: { app: 'web' } };
  const ingress = [{ pods: web, from: [{ anywhere: true as const }] }];
  const note = (network: NonNullable<PolicySpec['network']>) => render([named('p', { network })], context).notes;
  assert.equal(note({ podSelector: web, allow: { ingress } }), []);
  assert.equal(note({ podSelector: { matchLabels: { app: 'db' } }, allow: { ingress } }), [
    "team-a/p: spec.network.allow.ingress[0] has no effect: its pods contradict podSelector, because no pod can have app in (db) and app in (web); correct the rule's pods, or podSelector",
  ]);
  const podSelector = { ...web, matchExpressions: [{ key: 'app', operator: 'DoesNotExist' as const }] };
  assert.equal(note({ podSelector, allow: { ingress } }), [
    'team-a/p: spec.network isolates no pod: podSelector contradicts itself, because no pod can have !app and app in (web); correct podSelector',
  ]);
});

test('the same policies in the same order render to the same bytes', () => {
  const policies = [named('a', { network: {} }), named('b', { network: {} }, 'team-b')];
  assert.is(JSON.stringify(render(policies, context)), JSON.stringify(render(structuredClone(policies), context)));
});

test('a policy that the operator cannot enforce is an error here too', () => {
  const rules = Array.from({ length: 10 }, (_, i) => ({
    pods: { matchLabels: { [`k${i}`]: 'x' } },
    from: [{ anywhere: true as const }],
  }));
  assert.throws(
    () => render([named('p', { network: { allow: { ingress: rules } } })], context),
    (e: Error) => e instanceof StalledError,
  );
});

test.run();

import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { fetch } from 'undici';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findCondition } from '../../../src/api/conditions.ts';
import { CONTAINER_SECURITY_POLICY } from '../../../src/api/group.ts';
import { loadKubeConfig } from '../../../src/kube/rest/kubeconfig.ts';
import { Palisade } from '../../harness/palisade.ts';

const palisade = await Palisade.open();
const ns = await palisade.namespace('status');
await palisade.operator(ns);
test.after(() => palisade.close());

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[] }[];
}

/** The table of kubectl get, from the same source. */
const table = async (): Promise<Table> => {
  const config = loadKubeConfig(palisade.kubeconfig);
  const url = `${config.getCurrentCluster()?.server}/apis/security.palisade.dev/v1alpha1/namespaces/${ns}/containersecuritypolicies`;
  const context = new RequestContext(url, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  const headers = { ...context.getHeaders(), accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const response = await fetch(url, { headers, ...(dispatcher && { dispatcher }) });
  const body = (await response.json()) as Table;
  await config.close();
  return body;
};

test('kubectl get csp shows whether a policy is in force, what it enforces, and what is wrong', async () => {
  await palisade.apply(ns, 'a-good', {
    network: { isolate: ['Ingress'] },
    podSecurity: { level: 'baseline' },
    access: { bindings: [{ profile: 'viewer', subjects: [{ kind: 'User', name: 'eve' }] }] },
  });
  await palisade.apply(ns, 'b-refused', {
    access: {
      roles: [
        {
          name: 'all',
          rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
          subjects: [{ kind: 'User', name: 'eve' }],
        },
      ],
    },
  });
  await palisade.apply(ns, 'c-audit', { mode: 'Audit', network: {} });
  await palisade.ready(ns, 'a-good');
  await palisade.condition(ns, 'b-refused', 'Stalled', 'True');
  await palisade.ready(ns, 'c-audit');
  const { columnDefinitions, rows } = await table();
  assert.equal(
    columnDefinitions.map((c) => c.name),
    ['Name', 'Mode', 'Ready', 'Reason', 'Pod-Security', 'Policies', 'Roles', 'Age', 'Warnings', 'Message'],
  );
  assert.equal(
    columnDefinitions.filter((c) => c.priority > 0).map((c) => c.name),
    ['Warnings', 'Message'],
  );
  assert.equal(
    rows.map(({ cells }) => cells.slice(0, 7)),
    [
      ['a-good', 'Enforce', 'True', 'InForce', 'baseline', 1, 1],
      ['b-refused', 'Enforce', 'False', 'EscalationRefused', null, null, 0],
      ['c-audit', 'Audit', 'True', 'Audit', null, null, null],
    ],
  );
  assert.match(
    String(rows[1]?.cells[9]),
    /^Access: the API server refused: roles.rbac.authorization.k8s.io "b-refused-all-/,
  );
});

test('observedGeneration is at the top and in each condition, and times change only on a transition', async () => {
  const before = (await palisade.policy(ns, 'a-good')).status?.conditions ?? [];
  const ready = findCondition(before, 'Ready')?.lastTransitionTime;
  await palisade.apply(ns, 'a-good', { network: { isolate: ['Egress'] } });
  const { status, metadata } = await palisade.ready(ns, 'a-good');
  assert.is(status?.observedGeneration, metadata.generation);
  assert.equal(
    status?.conditions?.map((c) => [c.type, c.status, c.observedGeneration]),
    [
      ['Ready', 'True', metadata.generation],
      ['NetworkReady', 'True', metadata.generation],
    ],
  );
  assert.is(findCondition(status?.conditions, 'Ready')?.lastTransitionTime, ready);
});

test("another client's condition in the status stays and changes nothing", async () => {
  const theirs = {
    type: 'example.com/Checked',
    status: 'True',
    reason: 'Fine',
    message: 'by hand',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  await palisade.admin.patch(
    CONTAINER_SECURITY_POLICY,
    'a-good',
    [{ op: 'add', path: '/status/conditions/-', value: theirs }],
    {
      namespace: ns,
      type: 'json',
      subresource: 'status',
    },
  );
  await palisade.apply(ns, 'a-good', { network: { isolate: ['Ingress'] } });
  const { status } = await palisade.ready(ns, 'a-good');
  assert.equal(findCondition(status?.conditions, 'example.com/Checked'), theirs);
});

test.run();

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LuaFactory } from 'wasmoon';
import { parse } from 'yaml';
import { kustomize } from '../../harness/kustomize.ts';

interface Health {
  status: string;
  message: string;
}

/** As a Lua literal: Argo CD gives the script tables, not objects of another language. */
const toLua = (value: unknown): string => {
  if (Array.isArray(value)) return `{${value.map(toLua).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `[${JSON.stringify(key)}] = ${toLua(field)}`)
    .join(', ')}}`;
};

const [settings] = (await kustomize('config/argocd')) as unknown as { data: Record<string, string> }[];
const script = settings?.data['resource.customizations.health.security.palisade.dev_ContainerSecurityPolicy'] ?? '';
const recorded = parse(await readFile(join(import.meta.dirname, 'recorded.yaml'), 'utf8')) as Record<string, object>;
const lua = await new LuaFactory().createEngine();
test.after(() => lua.global.close());

const healthOf = async (object: unknown): Promise<Health> =>
  (await lua.doString(`local obj = ${toLua(object)}\n${script}`)) as Health;

const notSeen = 'the operator has not looked at this version of the policy yet';
const expected: Record<string, Health> = {
  'not seen yet': { status: 'Progressing', message: notSeen },
  'in force': {
    status: 'Healthy',
    message: 'Network: 1 NetworkPolicy in force. PodSecurity: namespace shop enforces baseline:latest',
  },
  audit: {
    status: 'Healthy',
    message: 'nothing is in force; status.preview says what mode Enforce would do',
  },
  suspended: { status: 'Suspended', message: 'suspended: set spec.suspend to false to go on' },
  stalled: {
    status: 'Degraded',
    message:
      'Access: the API server refused: roles.rbac.authorization.k8s.io "stalled-x-20e54503" is forbidden: user "system:serviceaccount:palisade-system:palisade" (groups=["system:serviceaccounts" "system:serviceaccounts:palisade-system" "system:authenticated"]) is attempting to grant RBAC permissions not currently held: {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}; the operator may grant only what it holds itself: ask for less, or have a cluster admin extend ClusterRole palisade-grantable',
  },
  waiting: {
    status: 'Progressing',
    message:
      'PodSecurity: namespace mixed does not enforce restricted:latest yet: 1 existing pod violates it: legacy: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile. It audits and warns, and enforces by itself once no pod violates it (finished pods count: delete them); onViolation: Enforce enforces now',
  },
  'changed, not seen yet': { status: 'Progressing', message: notSeen },
  'being deleted': { status: 'Progressing', message: 'what the policy generated is being withdrawn' },
};

test('every recorded state has an expected health', () => {
  assert.equal(Object.keys(expected), Object.keys(recorded));
});

for (const [state, health] of Object.entries(expected)) {
  test(`${state}: ${health.status}`, async () => {
    assert.equal(await healthOf(recorded[state]), health);
  });
}

test.run();

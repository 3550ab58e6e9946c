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
const lua = await new LuaFactory().createEngine();
test.after(() => lua.global.close());

const healthOf = async (kind: string, object: unknown): Promise<Health> => {
  const script = settings?.data[`resource.customizations.health.security.palisade.dev_${kind}`] ?? '';
  return (await lua.doString(`local obj = ${toLua(object)}\n${script}`)) as Health;
};

const notSeen = (what: string): Health => ({
  status: 'Progressing',
  message: `the operator has not reconciled this generation of the ${what} yet`,
});
const suspended = { status: 'Suspended', message: 'suspended: set spec.suspend to false to resume' };

const policies: Record<string, Health> = {
  'not seen yet': notSeen('policy'),
  'in force': {
    status: 'Healthy',
    message: 'Network: 1 NetworkPolicy in force. PodSecurity: namespace shop enforces baseline:latest',
  },
  audit: {
    status: 'Healthy',
    message: 'nothing is in force; status.preview shows what mode Enforce would do',
  },
  suspended,
  stalled: {
    status: 'Degraded',
    message:
      'Access: the API server refused: roles.rbac.authorization.k8s.io "stalled-x-20e54503" is forbidden: user "system:serviceaccount:palisade-system:palisade" (groups=["system:serviceaccounts" "system:serviceaccounts:palisade-system" "system:authenticated"]) is attempting to grant RBAC permissions not currently held: {APIGroups:[""], Resources:["secrets"], Verbs:["get"]}; the operator may grant only rights that it holds itself: request fewer rights, or have a cluster administrator extend ClusterRole palisade-grantable',
  },
  waiting: {
    status: 'Progressing',
    message:
      'PodSecurity: namespace mixed does not enforce restricted:latest yet: 1 existing pod violates it: legacy: privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile. The namespace audits and warns now. Palisade sets enforce when no pod violates the level. Delete finished pods, because they count. To enforce now, set onViolation: Enforce',
  },
  'changed, not seen yet': notSeen('policy'),
  'being deleted': { status: 'Progressing', message: 'the generated objects are being withdrawn' },
};

const imageScans: Record<string, Health> = {
  'not seen yet': notSeen('ImageScan'),
  scanning: {
    status: 'Progressing',
    message: '1 of 2 images not scanned yet: registry.example.com/shop/web:1.4',
  },
  scanned: { status: 'Healthy', message: '1 image scanned' },
  'nothing to scan': {
    status: 'Healthy',
    message: 'spec.target selects no running pod, and spec.target.images names no image',
  },
  'not compliant': {
    status: 'Healthy',
    message:
      'not compliant: 3 findings of severity Critical in 1 image: registry.example.com/shop/web:1.4; status.images lists what to upgrade',
  },
  'failed, tried again': {
    status: 'Progressing',
    message:
      '1 of 1 image could not be scanned: registry.example.com/shop/web:1.4: registry.example.com asks clients to wait; the scan is retried later',
  },
  'failed, needs action': {
    status: 'Degraded',
    message:
      'registry.example.com/shop/web:1.4: the registry answered 401; name a pull secret with credentials for registry.example.com in spec.pullSecrets',
  },
  stalled: {
    status: 'Degraded',
    message: 'schedule "0 0 31 2 *" never runs, since no year has such a day: change its day of month or its month',
  },
  suspended,
  'changed, not seen yet': notSeen('ImageScan'),
  'being deleted': { status: 'Progressing', message: 'the ImageScan is being deleted' },
};

for (const [kind, file, expected] of [
  ['ContainerSecurityPolicy', 'recorded-policies.yaml', policies],
  ['ImageScan', 'recorded-imagescans.yaml', imageScans],
] as const) {
  const recorded = parse(await readFile(join(import.meta.dirname, file), 'utf8')) as Record<string, object>;

  test(`${kind}: every recorded state has an expected health`, () => {
    assert.equal(Object.keys(expected).sort(), Object.keys(recorded).sort());
  });

  for (const [state, health] of Object.entries(expected)) {
    test(`${kind} ${state}: ${health.status}`, async () => {
      assert.equal(await healthOf(kind, recorded[state]), health);
    });
  }
}

test.run();

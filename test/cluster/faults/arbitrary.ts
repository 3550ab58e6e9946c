/** Random policies that the schema accepts. */
import fc from 'fast-check';
import type { EgressRule, NetworkSection, PolicySpec } from '../../../src/api/policy.ts';
import { sections } from '../../policy/sections/network/arbitrary.ts';

/** Without what is absent. */
const compact = <T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;

/** No address has a port name. */
const storableEgress = ({ ports, ...rule }: EgressRule): EgressRule => {
  const numbered = ports?.filter(({ port }) => typeof port !== 'string' || !rule.to.some((p) => p.cidr !== undefined));
  return numbered === undefined || numbered.length === 0 ? rule : { ...rule, ports: numbered };
};

/** Without what has no effect, which the schema refuses. */
export const storable = (section: NetworkSection): NetworkSection => {
  const { isolate = ['Ingress', 'Egress'], allow = {} } = section;
  const { ingress, egress, dns, apiServer, ...rest } = allow;
  return {
    ...section,
    allow: {
      ...rest,
      ...(isolate.includes('Ingress') && ingress && { ingress }),
      ...(isolate.includes('Egress') && {
        ...(egress && { egress: egress.map(storableEgress) }),
        ...compact({ dns, apiServer }),
      }),
    },
  };
};

type Access = NonNullable<PolicySpec['access']>;
type Binding = NonNullable<Access['bindings']>[number];
type Role = NonNullable<Access['roles']>[number];
type Subject = Binding['subjects'][number];

const word = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);

const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), name: word.map((w) => `Team ${w}@ex.org`) }),
  fc.record({ kind: fc.constant('ServiceAccount' as const), name: word }),
);
const subjects = fc.array(subject, { minLength: 1, maxLength: 4 });

/** Most of it is within what the operator holds; Secrets and nodes are not. */
const rule: fc.Arbitrary<Role['rules'][number]> = fc.record(
  {
    apiGroups: fc.constantFrom([''], ['apps'], ['batch', 'apps']),
    resources: fc.subarray(['pods', 'pods/log', 'services', 'deployments', 'jobs', 'configmaps', 'secrets', 'nodes'], {
      minLength: 1,
      maxLength: 3,
    }),
    verbs: fc.subarray(['get', 'list', 'watch', 'create', 'delete'], { minLength: 1 }),
    resourceNames: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['apiGroups', 'resources', 'verbs'] },
);

const bindings: fc.Arbitrary<Binding[]> = fc.uniqueArray(
  fc.record({ profile: fc.constantFrom('viewer' as const, 'deployer' as const, 'admin' as const), subjects }),
  { maxLength: 3, selector: ({ profile }) => profile },
);
const roles: fc.Arbitrary<Role[]> = fc.uniqueArray(
  fc.record({ name: word, rules: fc.array(rule, { minLength: 1, maxLength: 3 }), subjects }),
  { maxLength: 2, selector: ({ name }) => name },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

export const policySpecs: fc.Arbitrary<PolicySpec> = fc
  .record({
    mode: fc.option(fc.constantFrom('Enforce' as const, 'Audit' as const), { nil: undefined, freq: 1 }),
    suspend: fc.constantFrom(undefined, undefined, undefined, undefined, false, true),
    network: fc.option(sections.map(storable), { nil: undefined, freq: 4 }),
    podSecurity: optional(
      fc
        .record({
          level: fc.constantFrom('privileged' as const, 'baseline' as const, 'restricted' as const),
          version: fc.constantFrom(undefined, 'latest', 'v1.30'),
          onViolation: fc.constantFrom(undefined, 'Wait' as const, 'Enforce' as const),
        })
        .map(({ level, ...rest }) => ({ level, ...compact(rest) })),
    ),
    access: optional(fc.record({ bindings: optional(bindings), roles: optional(roles) }).map(compact)),
    images: optional(
      fc
        .record({
          allowed: fc.option(
            fc.uniqueArray(
              word.map((w) => `registry.example.com/${w}/*`),
              { minLength: 1, maxLength: 5 },
            ),
            {
              nil: undefined,
            },
          ),
          onViolation: fc.constantFrom(undefined, 'Wait' as const, 'Enforce' as const),
        })
        .map(({ allowed, onViolation }) => ({
          ...(allowed === undefined ? { requireDigest: true } : { allowed }),
          ...(onViolation !== undefined && { onViolation }),
        })),
    ),
    scan: optional(
      fc
        .record({
          schedule: fc.constantFrom(undefined, '@daily', '0 3 * * *'),
          failOn: fc.constantFrom(undefined, 'High' as const, 'None' as const),
        })
        .map(compact),
    ),
  })
  .map(compact) as fc.Arbitrary<PolicySpec>;

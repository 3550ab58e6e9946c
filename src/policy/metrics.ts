import { Counter, Gauge, type Registry } from 'prom-client';
import { findCondition } from '../api/conditions.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import type { NamespaceSeries } from '../telemetry/namespace-series.ts';
import { ADMISSION_POLICY_STATES, type AdmissionPolicy, type AdmissionPolicyState } from './admission-policies.ts';
import { CHILD_TYPES } from './children/kinds.ts';
import { countWarnings } from './status/warnings.ts';

/** Clients choose the names of field managers freely, so the metric has a class for each of these prefixes, and other. */
const KNOWN_MANAGERS = [
  'kubectl',
  'argocd',
  'kustomize-controller',
  'helm',
  'flux',
  'terraform',
  'pulumi',
  'before-first-apply',
  'unknown',
] as const;
const OTHER = 'other';

const managerClass = (manager: string): string => KNOWN_MANAGERS.find((known) => manager.startsWith(known)) ?? OTHER;

/** Kinds that are restored. */
const REPAIRED = [...Object.keys(CHILD_TYPES), 'Namespace'];

const stateOf = (policy: ContainerSecurityPolicy): (typeof STATES)[number] => {
  const { conditions } = policy.status ?? {};
  if (policy.spec.suspend === true) return 'Suspended';
  if (findCondition(conditions, 'Stalled') !== undefined) return 'Stalled';
  if (findCondition(conditions, 'Ready')?.status !== 'True') return 'Reconciling';
  return policy.spec.mode === 'Audit' ? 'Audit' : 'Ready';
};

const STATES = ['Ready', 'Audit', 'Reconciling', 'Stalled', 'Suspended'] as const;

export class PolicyMetrics {
  readonly #drift: Counter<'kind' | 'manager'>;
  readonly #escalations: Counter;

  /** @param policies read at each scrape */
  constructor(registry: Registry, policies: () => readonly ContainerSecurityPolicy[], namespaces: NamespaceSeries) {
    namespaces.add(policies);
    const registers = [registry];
    this.#drift = new Counter({
      name: 'palisade_drift_repaired_total',
      help: 'Generated objects, and labels of namespaces, restored after another client changed them, by kind and class of field manager.',
      labelNames: ['kind', 'manager'],
      registers,
    });
    // Zero from the start: to Prometheus, the first sample of a series is no increase.
    for (const kind of REPAIRED)
      for (const manager of [...KNOWN_MANAGERS, OTHER]) this.#drift.inc({ kind, manager }, 0);
    this.#escalations = new Counter({
      name: 'palisade_escalations_refused_total',
      help: 'Specs of policies that the API server refused because they requested rights that the operator does not hold.',
      registers,
    });
    this.#warnings(registry, policies, namespaces);
    new Gauge({
      name: 'palisade_policies',
      help: 'ContainerSecurityPolicies by state.',
      labelNames: ['namespace', 'state'],
      registers,
      collect() {
        this.reset();
        for (const [labels, its] of namespaces.group(policies())) {
          for (const state of STATES) this.set({ ...labels, state }, 0);
          for (const policy of its) this.inc({ ...labels, state: stateOf(policy) });
        }
      },
    });
  }

  #warnings(registry: Registry, policies: () => readonly ContainerSecurityPolicy[], namespaces: NamespaceSeries): void {
    new Gauge({
      name: 'palisade_policy_network_warnings',
      help: 'Warnings about network rules of policies, of rules in force and of previewed ones.',
      labelNames: ['namespace', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, its] of namespaces.group(policies())) {
          const counts = its.map(({ status }) => countWarnings(status));
          this.set(
            { ...labels, state: 'InForce' },
            counts.reduce((sum, { inForce }) => sum + inForce, 0),
          );
          this.set(
            { ...labels, state: 'Previewed' },
            counts.reduce((sum, { previewed }) => sum + previewed, 0),
          );
        }
      },
    });
  }

  /** @param by field managers */
  repaired(kind: string, by: readonly string[]): void {
    for (const manager of new Set(by.map(managerClass))) this.#drift.inc({ kind, manager });
  }

  escalationRefused(): void {
    this.#escalations.inc();
  }
}

/** @param stateOf read at each scrape */
export const registerAdmissionPolicyMetrics = (
  registry: Registry,
  policies: readonly AdmissionPolicy[],
  stateOf: (policy: AdmissionPolicy) => AdmissionPolicyState,
): void => {
  new Gauge({
    name: 'palisade_admission_policies',
    help: '1 for the state of an admission policy of config/admission. Changed: it or its binding can be weaker than shipped. Unknown: the operator may not read it.',
    labelNames: ['name', 'state'],
    registers: [registry],
    collect() {
      for (const policy of policies) {
        const now = stateOf(policy);
        for (const state of ADMISSION_POLICY_STATES) this.set({ name: policy.name, state }, state === now ? 1 : 0);
      }
    },
  });
};

import { Counter, Gauge, type Registry } from 'prom-client';
import { findCondition } from '../api/conditions.ts';
import type { ContainerSecurityPolicy } from '../api/policy.ts';
import { GUARD_STATES, type GuardState } from './guards.ts';

/** Anybody may call a field manager anything, so the metric knows a few and calls the others other. */
const KNOWN_MANAGERS = /^(kubectl|argocd|kustomize-controller|helm|flux|terraform|pulumi|before-first-apply|unknown)/;

const managerClass = (manager: string): string => KNOWN_MANAGERS.exec(manager)?.[1] ?? 'other';

const stateOf = (policy: ContainerSecurityPolicy): string => {
  const { conditions } = policy.status ?? {};
  if (policy.spec.suspend === true) return 'Suspended';
  if (findCondition(conditions, 'Stalled') !== undefined) return 'Stalled';
  if (findCondition(conditions, 'Ready')?.status !== 'True') return 'Reconciling';
  return policy.spec.mode === 'Audit' ? 'Audit' : 'Ready';
};

export class PolicyMetrics {
  readonly #drift: Counter<'kind' | 'manager'>;
  readonly #escalations: Counter;

  /** @param policies read at each scrape */
  constructor(registry: Registry, policies: () => readonly ContainerSecurityPolicy[]) {
    const registers = [registry];
    this.#drift = new Counter({
      name: 'palisade_drift_repaired_total',
      help: 'Generated objects, and namespaces with their labels, put back after somebody changed them, by kind and class of field manager.',
      labelNames: ['kind', 'manager'],
      registers,
    });
    this.#escalations = new Counter({
      name: 'palisade_escalations_refused_total',
      help: 'Specs of policies that asked for rights which the operator does not hold, and which the API server refused.',
      registers,
    });
    new Gauge({
      name: 'palisade_policies',
      help: 'ContainerSecurityPolicies by state.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const state of ['Ready', 'Audit', 'Reconciling', 'Stalled', 'Suspended']) this.set({ state }, 0);
        for (const policy of policies()) this.inc({ state: stateOf(policy) });
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

/** @param states of all guards, read at each scrape */
export const registerGuardMetrics = (registry: Registry, states: () => readonly GuardState[]): void => {
  new Gauge({
    name: 'palisade_admission_guards',
    help: 'Admission policies of config/admission by state. Unknown: the operator may not look.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of GUARD_STATES) this.set({ state }, 0);
      for (const state of states()) this.inc({ state });
    },
  });
};

import type { LabelSelector } from 'kubernetes-types/meta/v1.js';
import type { LabelSet, LabelSets, Selects } from './label-sets.ts';
import type { Match } from './match.ts';
import type { ReachNamespace } from './world.ts';

/** Set by the API server on every namespace since Kubernetes 1.21. */
export const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

interface Known {
  readonly set: LabelSet;
  readonly complete: boolean;
}

/** The requirements of a selector on the label of the name. */
const onName = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector => ({
  matchLabels: Object.fromEntries(Object.entries(matchLabels).filter(([key]) => key === NAMESPACE_NAME_LABEL)),
  matchExpressions: matchExpressions.filter(({ key }) => key === NAMESPACE_NAME_LABEL),
});

const keysOf = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] => [
  ...Object.keys(matchLabels),
  ...matchExpressions.map(({ key }) => key),
];

/** Whether a namespaceSelector selects a namespace. */
export type SelectsNamespace = (namespace: string) => Match;

/** The labels of namespaces. Those of a namespace that nobody described are unknown, but for its name. */
export class Namespaces {
  readonly #sets: LabelSets;
  readonly #known: Map<string, Known>;

  constructor(namespaces: readonly ReachNamespace[], sets: LabelSets) {
    this.#sets = sets;
    this.#known = new Map(namespaces.map(({ name, labels }) => [name, this.#labels(name, labels)]));
  }

  #labels(name: string, labels: ReachNamespace['labels']): Known {
    return { set: this.#sets.of({ ...labels, [NAMESPACE_NAME_LABEL]: name }), complete: labels !== undefined };
  }

  selector(selector: LabelSelector): SelectsNamespace {
    const all: Selects = this.#sets.selector(selector);
    const byName: Selects = this.#sets.selector(onName(selector));
    const needsOthers = keysOf(selector).some((key) => key !== NAMESPACE_NAME_LABEL);
    return (namespace) => {
      const { set, complete } = this.#known.get(namespace) ?? this.#remember(namespace);
      if (complete || !needsOthers) return all(set);
      return byName(set) && 'NamespaceLabelsUnknown';
    };
  }

  #remember(name: string): Known {
    const known = this.#labels(name, undefined);
    this.#known.set(name, known);
    return known;
  }
}

import { GROUP } from './group.ts';
import { MANAGED_BY_LABEL } from './keys.ts';

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** As in the schema. */
export const MAX_CHILD_LABELS = 16;

const KEY =
  /^(?<prefix>[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
/** Of a prefix, with its slash. */
const MAX_PREFIX = 254;

export const isLabelKey = (key: string): boolean => {
  const match = KEY.exec(key);
  return match !== null && (match.groups?.prefix?.length ?? 0) <= MAX_PREFIX;
};
export const isLabelValue = (value: string): boolean => VALUE.test(value);

/**
 * By these labels Palisade, Helm, Argo CD, Flux, kapp, Fleet, kubectl's ApplySets and the add-on manager recognize their
 * objects. They delete those that they do not find in their source; Kyverno those that are old enough, or whose rule is
 * gone. The schema has the same list.
 */
const RESERVED_KEYS: readonly string[] = ['app.kubernetes.io/instance', MANAGED_BY_LABEL];
const RESERVED_PREFIXES: readonly string[] = [
  `${GROUP}/`,
  'argocd.argoproj.io/',
  'kustomize.toolkit.fluxcd.io/',
  'helm.toolkit.fluxcd.io/',
  'kapp.k14s.io/',
  'objectset.rio.cattle.io/',
  'applyset.kubernetes.io/',
  'addonmanager.kubernetes.io/',
  'cleanup.kyverno.io/',
  'generate.kyverno.io/',
];

export const isReservedLabelKey = (key: string): boolean =>
  RESERVED_KEYS.includes(key) || RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix));

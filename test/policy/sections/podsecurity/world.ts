/** A namespace's Pod Security labels under server-side apply, as kube-apiserver 1.36 treats them. Independent of src/policy. */
import type { NamespaceLabels, OwnedLabel } from '../../../../src/policy/namespace.ts';

export const OURS = 'palisade-pod-security';
const PREFIX = 'pod-security.kubernetes.io/';

/** `enforce: ['baseline', 'kustomize-controller', …]`: a value and its managers, without the prefix of the key. */
export const labelsOf = (
  short: Readonly<Record<string, readonly [value: string, ...managers: string[]]>>,
): NamespaceLabels =>
  new Map(Object.entries(short).map(([key, [value, ...managers]]) => [`${PREFIX}${key}`, { value, managers }]));

/** The same keys for what is applied. */
export const wantedOf = (short: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(short).map(([key, value]) => [`${PREFIX}${key}`, value]));

const applied = (live: OwnedLabel | undefined, value: string | undefined): OwnedLabel | undefined => {
  const others = (live?.managers ?? []).filter((m) => m !== OURS);
  const legacy = live !== undefined && live.managers.length === 0 ? ['before-first-apply'] : [];
  if (value === undefined) {
    const ours = live?.managers.includes(OURS) === true;
    return live === undefined || (ours && others.length === 0) ? undefined : { ...live, managers: others };
  }
  if (live !== undefined && live.value !== value && [...others, ...legacy].length > 0) throw new Error('409 Conflict');
  return { value, managers: [...others, ...legacy, OURS] };
};

/**
 * The labels after our field manager applied `wanted` without force.
 * @throws when another manager holds one of them with another value
 */
export const applyLabels = (before: NamespaceLabels, wanted: Readonly<Record<string, string>>): NamespaceLabels => {
  const keys = [...new Set([...before.keys(), ...Object.keys(wanted)])];
  return new Map(
    keys.flatMap((key): [string, OwnedLabel][] => {
      const label = applied(before.get(key), wanted[key]);
      return label === undefined ? [] : [[key, label]];
    }),
  );
};

/** How strict a mode is: 0 is not at all; a version makes a small difference; no version means latest. */
export const strength = (labels: NamespaceLabels, mode: string): number => {
  const level = labels.get(PREFIX + mode)?.value;
  if (level === undefined || level === 'privileged') return 0;
  const version = labels.get(`${PREFIX}${mode}-version`)?.value ?? 'latest';
  return strengthOf(level, version);
};

export const strengthOf = (level: string, version: string): number => {
  if (level === 'privileged') return 0;
  const base = level === 'restricted' ? 2000 : 1000;
  return base + (version === 'latest' ? 999 : Number(version.split('.')[1]));
};

/** What remains when our field manager is thought away: what others mean. */
export const withoutOurs = (labels: NamespaceLabels): NamespaceLabels =>
  new Map([...labels].filter(([, { managers }]) => managers.length === 0 || managers.some((m) => m !== OURS)));

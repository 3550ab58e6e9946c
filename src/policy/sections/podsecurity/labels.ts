import { isLevel, type Standard } from './level.ts';

/** The three things that Pod Security admission does with a level, each with a label for the level and one for its version. */
export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];

const PREFIX = 'pod-security.kubernetes.io/';

export const levelLabel = (mode: Mode): string => `${PREFIX}${mode}`;
export const versionLabel = (mode: Mode): string => `${PREFIX}${mode}-version`;

export const isPodSecurityLabel = (key: string): boolean => key.startsWith(PREFIX);

/** A label of a Namespace and the field managers that own it; none for one from before managed fields. */
export interface OwnedLabel {
  readonly value: string;
  readonly managers: readonly string[];
}

export type NamespaceLabels = ReadonlyMap<string, OwnedLabel>;

/** What a namespace does in a mode; undefined when it has no (valid) label for it. */
export const standardIn = (labels: NamespaceLabels, mode: Mode): Standard | undefined => {
  const level = labels.get(levelLabel(mode))?.value;
  if (!isLevel(level)) return undefined;
  return { level, version: labels.get(versionLabel(mode))?.value ?? 'latest' };
};

export const labelsFor = (mode: Mode, { level, version }: Standard): [key: string, value: string][] => [
  [levelLabel(mode), level],
  [versionLabel(mode), version],
];

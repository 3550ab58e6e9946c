import { type NamespaceLabels, POD_SECURITY_PREFIX } from '../../namespace.ts';
import { isLevel, type Standard } from './level.ts';

/** The three things that Pod Security admission does with a level, each with a label for the level and one for its version. */
export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];

export const levelLabel = (mode: Mode): string => `${POD_SECURITY_PREFIX}${mode}`;
export const versionLabel = (mode: Mode): string => `${POD_SECURITY_PREFIX}${mode}-version`;

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

import { type NamespaceLabels, POD_SECURITY_PREFIX } from '../../namespace.ts';
import { isLevel, type Standard } from './level.ts';

/** The modes of Pod Security admission, each with a label for its level and one for the version. */
export const MODES = ['enforce', 'audit', 'warn'] as const;
export type Mode = (typeof MODES)[number];

export const levelLabel = (mode: Mode): string => `${POD_SECURITY_PREFIX}${mode}`;
export const versionLabel = (mode: Mode): string => `${POD_SECURITY_PREFIX}${mode}-version`;

/** The standard of a namespace in a mode; undefined without a valid label. */
export const standardIn = (labels: NamespaceLabels, mode: Mode): Standard | undefined => {
  const level = labels.get(levelLabel(mode))?.value;
  if (!isLevel(level)) return undefined;
  return { level, version: labels.get(versionLabel(mode))?.value ?? 'latest' };
};

export const labelsFor = (mode: Mode, { level, version }: Standard): [key: string, value: string][] => [
  [levelLabel(mode), level],
  [versionLabel(mode), version],
];

import type { Acceptance } from '../../findings/compliance.ts';
import { SEVERITIES } from '../../findings/severity.ts';
import type { EvaluatedFinding } from './evaluation.ts';

/** How many findings of an image stay in memory, and how many the status of an ImageScan shows: the schema's bound. */
export const MAX_FINDINGS = 50;

/** The findings with one key are one row of the status. */
export const rowKey = ({ id, package: name, installed }: Pick<EvaluatedFinding, 'id' | 'package' | 'installed'>) =>
  `${id}\n${name}\n${installed}`;

const rank = ({ severity, knownExploited, fixed }: EvaluatedFinding, { failOnKnownExploited }: Acceptance): number =>
  (failOnKnownExploited && knownExploited ? 0 : 4 * SEVERITIES.length) +
  4 * SEVERITIES.indexOf(severity) +
  (knownExploited ? 0 : 2) +
  (fixed === '' ? 1 : 0);

const sortKey = ({ id, package: name, installed }: EvaluatedFinding): string => [id, name, installed].join(' ');

const compareRows = (a: EvaluatedFinding, b: EvaluatedFinding): number =>
  (b.epss ?? 0) - (a.epss ?? 0) || (sortKey(a) < sortKey(b) ? -1 : 1);

/**
 * The most severe first, of equals those known to be exploited, then the fixable ones, then by EPSS; with
 * failOnKnownExploited those known to be exploited before all others. Most of the others are never sorted.
 */
export const worstOf = <T extends { readonly finding: EvaluatedFinding }>(
  found: Iterable<T>,
  most: number,
  spec: Acceptance,
): T[] => {
  const groups = [...Map.groupBy(found, ({ finding }) => rank(finding, spec))].sort(([a], [b]) => a - b);
  let worst: T[] = [];
  for (const [, group] of groups) {
    if (worst.length >= most) break;
    worst = [...worst, ...group.sort((a, b) => compareRows(a.finding, b.finding))];
  }
  return worst.slice(0, most);
};

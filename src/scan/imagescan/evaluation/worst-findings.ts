import { SEVERITIES } from '../../findings/severity.ts';
import type { EvaluatedFinding } from './evaluation.ts';

/** How many findings of an image stay in memory, and how many the status of an ImageScan shows: the schema's bound. */
export const MAX_FINDINGS = 50;

/** The findings with one key are one row of the status. */
export const rowKey = ({ id, package: name, installed }: Pick<EvaluatedFinding, 'id' | 'package' | 'installed'>) =>
  `${id}\n${name}\n${installed}`;

const rank = ({ severity, fixed }: EvaluatedFinding): number =>
  2 * SEVERITIES.indexOf(severity) + (fixed === '' ? 1 : 0);

const sortKey = ({ id, package: name, installed }: EvaluatedFinding): string => [id, name, installed].join(' ');

/** The most severe first, of equals the fixable ones. Most of the others are never sorted. */
export const worstOf = <T extends { readonly finding: EvaluatedFinding }>(found: Iterable<T>, most: number): T[] => {
  const groups = [...Map.groupBy(found, ({ finding }) => rank(finding))].sort(([a], [b]) => a - b);
  let worst: T[] = [];
  for (const [, group] of groups) {
    if (worst.length >= most) break;
    worst = [...worst, ...group.sort((a, b) => (sortKey(a.finding) < sortKey(b.finding) ? -1 : 1))];
  }
  return worst.slice(0, most);
};

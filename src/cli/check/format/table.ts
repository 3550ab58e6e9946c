import { formatColumns } from '../../../scan/report/format/table-layout.ts';
import { plural } from '../../../text/plural.ts';
import { printable } from '../../../text/printable.ts';
import type { Checked, LocatedFinding } from '../find.ts';

const HEADER = ['PLACE', 'REASON', 'POLICY', 'RULE'];

const row = ({ file, line, reason, policy, rule = '-' }: LocatedFinding): string[] =>
  [`${file}:${line}`, reason, `${policy.namespace}/${policy.name}`, rule].map((cell) => printable(cell));

/** Two lines for each finding: the message is never cut. */
export const toTable = ({ findings, policies }: Checked): string => {
  const total = `${findings.length === 0 ? 'no findings' : plural(findings.length, 'finding')} in ${plural(policies, 'policy', 'policies')}`;
  if (findings.length === 0) return `${total}\n`;
  const [header = '', ...rows] = formatColumns([HEADER, ...findings.map(row)], Number.POSITIVE_INFINITY);
  const lines = rows.flatMap((text, index) => [text, `    ${printable(findings[index]!.message, 2000)}`]);
  return `${[header, ...lines, '', total].join('\n')}\n`;
};

import { printable } from '../../../text/printable.ts';
import type { Checked } from '../find.ts';

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

const escapeData = (text: string): string => printable(text, 2000).replaceAll('%', '%25');
const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Workflow commands: GitHub shows a warning at each rule of the changed files. */
export const toGithub = ({ findings, unknowns }: Checked): string =>
  [
    ...findings.map(({ file, line, column, reason, rule, message }) => {
      const at = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(reason)}`;
      return `::warning ${at}::${escapeData(rule === undefined ? message : `${rule}: ${message}`)}\n`;
    }),
    ...unknowns.map((unknown) => `::error title=Unknown::${escapeData(unknown)}\n`),
  ].join('');

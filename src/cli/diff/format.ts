import { AREAS, type Area, type Difference } from './difference.ts';

export type DiffFormat = 'text' | 'json' | 'markdown';

const SIGNS: Readonly<Record<Difference['change'], string>> = { Added: '+', Removed: '-', Changed: '~', Unknown: '?' };

const byArea = (differences: readonly Difference[]): [title: string, of: readonly Difference[]][] => {
  const grouped = Map.groupBy(differences, ({ area }) => area);
  return (Object.keys(AREAS) as Area[]).flatMap((area) => {
    const of = grouped.get(area);
    return of === undefined ? [] : [[AREAS[area], of]];
  });
};

const toText = (differences: readonly Difference[]): string => {
  if (differences.length === 0) return 'No differences.\n';
  return byArea(differences)
    .map(([title, of]) => `${title}\n${of.map(({ change, message }) => `  ${SIGNS[change]} ${message}\n`).join('')}`)
    .join('\n');
};

/** Markdown and HTML of a name have no effect. */
export const escaped = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>()#+!|~&@]/g, (sign) => `&#${sign.codePointAt(0)};`);

const toMarkdown = (differences: readonly Difference[], notes: readonly string[]): string => {
  const lines = (of: readonly string[]): string => of.map((line) => `- ${line}\n`).join('');
  const sections = byArea(differences).map(
    ([title, of]) => `### ${title}\n\n${lines(of.map(({ change, message }) => `**${change}**: ${escaped(message)}`))}`,
  );
  return [
    '## palisade diff\n',
    ...(differences.length === 0 ? ['No differences.\n'] : sections),
    ...(notes.length === 0 ? [] : [`### Notes\n\n${lines(notes.map(escaped))}`]),
  ].join('\n');
};

const toJson = (differences: readonly Difference[], notes: readonly string[]): string =>
  `${JSON.stringify({ differences, notes }, null, 2)}\n`;

export const FORMATS: Readonly<
  Record<DiffFormat, (differences: readonly Difference[], notes: readonly string[]) => string>
> = { text: toText, json: toJson, markdown: toMarkdown };

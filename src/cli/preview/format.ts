import { escaped } from '../diff/format.ts';
import type { Report, ReportSection } from './report.ts';

export type PreviewFormat = 'text' | 'json' | 'markdown';

/** Items of a section that people read; JSON has all. */
const MOST_ITEMS = 50;

const bounded = ({ items }: ReportSection): ReportSection['items'] => {
  const more = items.length - MOST_ITEMS;
  return more > 0 ? [...items.slice(0, MOST_ITEMS), { text: `${more} more: -o json has all` }] : items;
};

const toText = ({ summary, sections }: Report): string =>
  [
    `${summary}\n`,
    ...sections.map((section) => {
      const lines = bounded(section).flatMap(({ text, details = [] }) => [
        `  ${text}\n`,
        ...details.map((line) => `    ${line}\n`),
      ]);
      return `${section.title}\n${lines.join('')}`;
    }),
  ].join('\n');

const toMarkdown = ({ summary, sections }: Report, notes: readonly string[]): string => {
  const all = notes.length > 0 ? [...sections, { title: 'Notes', items: notes.map((text) => ({ text })) }] : sections;
  return [
    `## palisade preview\n\n${escaped(summary)}\n`,
    ...all.map((section: ReportSection) => {
      const lines = bounded(section).flatMap(({ text, details = [] }) => [
        `- ${escaped(text)}\n`,
        ...details.map((line) => `  - ${escaped(line)}\n`),
      ]);
      return `### ${section.title}\n\n${lines.join('')}`;
    }),
  ].join('\n');
};

const toJson = ({ summary, json }: Report, notes: readonly string[]): string =>
  `${JSON.stringify({ summary, ...json, notes }, null, 2)}\n`;

export const FORMATS: Readonly<Record<PreviewFormat, (report: Report, notes: readonly string[]) => string>> = {
  ...{ text: toText, json: toJson, markdown: toMarkdown },
};

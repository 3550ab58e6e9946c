/** Markdown as the pages of docs/reference use it. */

/** Text of the code as Markdown: GitHub would take <name> for HTML, and * for emphasis. */
export const prose = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[<*]/g, (mark) => `\\${mark}`);

export const code = (text: string): string => `\`${text}\``;

/** @param rows Markdown */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** The anchor that GitHub makes of a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** A page of blocks. @param from Markdown: what it is generated from */
export const page = (title: string, from: string, blocks: readonly string[]): string =>
  `${[`# ${title}`, `Generated from ${from} by \`npm run generate\`.`, ...blocks.filter((block) => block !== '')].join('\n\n')}\n`;

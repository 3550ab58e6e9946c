import stringWidth from 'string-width';

const PADDING = 3;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The longest beginning that takes so many columns of a terminal, with '…' where it was cut. */
export const fit = (text: string, columns: number): string => {
  if (stringWidth(text) <= columns) return text;
  let fitting = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    fitting += segment;
  }
  return columns > 0 ? `${fitting}…` : '';
};

const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - stringWidth(text)));

/**
 * Rows as kubectl aligns them, none wider than `width` columns of a terminal: a longer row is cut at its end.
 * @param rows the header first; all of the same length, of printable text
 */
export const formatColumns = (rows: readonly (readonly string[])[], width: number): string[] => {
  const widths = (rows[0] ?? []).map(
    (_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))) + PADDING,
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)));
    return fit(cells.join('').trimEnd(), width);
  });
};

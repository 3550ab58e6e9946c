/** Draws boxes in columns, and arrows between them, as an SVG for light and dark mode. */

interface Box {
  readonly name: string;
  readonly lines: readonly string[];
}

interface Column {
  readonly title: string;
  readonly boxes: Box[];
}

interface Picture {
  readonly columns: Column[];
  readonly arrows: { readonly from: string; readonly to: string }[];
}

interface Placed extends Box {
  readonly x: number;
  readonly y: number;
}

const BOX = { width: 250, height: 76, gap: 16 };
const COLUMN_GAP = 80;
const TOP = 48;
const MARGIN = 12;

const words = (text: string, separator: string): string[] => text.split(separator).map((word) => word.trim());

/** @throws Error that names the line */
export const parsePicture = (text: string): Picture => {
  const picture: Picture = { columns: [], arrows: [] };
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, keyword, rest = ''] = /^(\w+) (.+)$/.exec(line) ?? [];
    const column = picture.columns.at(-1);
    const [name = '', ...lines] = words(rest, '|');
    const [from = '', to] = words(rest, '->');
    if (keyword === 'column') picture.columns.push({ title: rest, boxes: [] });
    else if (keyword === 'box' && column !== undefined) column.boxes.push({ name, lines });
    else if (keyword === 'arrow' && to !== undefined) picture.arrows.push({ from, to });
    else throw new Error(`line ${index + 1} is no column, box in a column, or arrow: ${line}`);
  }
  return picture;
};

/** Centers each column vertically beside the tallest one. */
const place = ({ columns }: Picture): Map<string, Placed> => {
  const heightOf = (boxes: number): number => boxes * (BOX.height + BOX.gap) - BOX.gap;
  const tallest = heightOf(Math.max(...columns.map(({ boxes }) => boxes.length)));
  const placed = columns.flatMap(({ boxes }, column) =>
    boxes.map((box, row) => ({
      ...box,
      x: MARGIN + column * (BOX.width + COLUMN_GAP),
      y: TOP + (tallest - heightOf(boxes.length)) / 2 + row * (BOX.height + BOX.gap),
    })),
  );
  return new Map(placed.map((box) => [box.name, box]));
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const label = (style: string, x: number, y: number, text: string): string =>
  `  <text class="${style}" x="${x}" y="${y}">${escaped(text)}</text>`;

const drawBox = ({ name, lines, x, y }: Placed): string[] => [
  `  <rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8"/>`,
  label('name', x + 14, y + 25, name),
  ...lines.map((line, n) => label('line', x + 14, y + 45 + n * 17, line)),
];

const drawArrow = (from: Placed, to: Placed): string => {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x - 12, to.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  return `  <path class="arrow" d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" marker-end="url(#head)"/>`;
};

const STYLE = `  <style>
    text { font-family: -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
    .title { font-size: 14px; fill: #59636e } .name { font-size: 15px; font-weight: 600 } .line { font-size: 12.5px; fill: #59636e }
    rect { fill: #f6f8fa; stroke: #8c959f } .arrow { fill: none; stroke: #0969da; stroke-width: 1.5 } #head path { fill: #0969da }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .title, .line { fill: #9198a1 }
      rect { fill: #151b23; stroke: #6e7681 } .arrow { stroke: #4493f8 } #head path { fill: #4493f8 }
    }
  </style>
  <defs><marker id="head" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>`;

/** @param text as docs/overview.txt has it @throws Error that names what is wrong */
export const drawPicture = (text: string, title: string): string => {
  const picture = parsePicture(text);
  const boxes = place(picture);
  const find = (name: string): Placed => {
    const box = boxes.get(name);
    if (box === undefined) throw new Error(`an arrow names ${name}, which is no box`);
    return box;
  };
  const width = 2 * MARGIN + picture.columns.length * (BOX.width + COLUMN_GAP) - COLUMN_GAP;
  const height = Math.max(...[...boxes.values()].map(({ y }) => y)) + BOX.height + MARGIN;
  const titles = picture.columns.map((column, n) =>
    label('title', MARGIN + n * (BOX.width + COLUMN_GAP), 30, column.title),
  );
  const drawn = [...boxes.values()].flatMap(drawBox);
  const arrows = picture.arrows.map(({ from, to }) => drawArrow(find(from), find(to)));
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`;
  return [open, `  <title>${escaped(title)}</title>`, STYLE, ...titles, ...drawn, ...arrows, '</svg>', ''].join('\n');
};

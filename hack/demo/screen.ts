import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const WIDTH = 100;

export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** Prints the story: headings, commands with their output, and facts that are checked as they are shown. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #passed = 0;
  #failed = 0;
  #headings = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  heading(text: string): void {
    this.#headings += 1;
    const line = `── ${this.#headings}. ${text} `;
    this.#print(`\n${this.#styled(['bold', 'cyan'], line.padEnd(WIDTH, '─'))}\n`);
  }

  /** Prose, wrapped. */
  say(text: string): void {
    this.#print(`${fold(text, WIDTH)}\n`);
  }

  /** A command line and its output. */
  command(text: string, output?: string): void {
    this.#print(`\n${this.#styled('bold', `$ ${text}`)}\n`);
    if (output !== undefined) this.#print(`${output.trimEnd()}\n`);
  }

  /** A command whose output has long lines. */
  prose(command: string, output: string): void {
    this.command(command, fold(output, WIDTH));
  }

  check(what: string, holds: boolean): void {
    if (holds) this.#passed += 1;
    else this.#failed += 1;
    this.#print(`${holds ? this.#styled('green', '✓') : this.#styled('red', '✗')} ${what}\n`);
  }

  totals(): Totals {
    return { passed: this.#passed, failed: this.#failed };
  }

  #styled(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  #print(text: string): void {
    this.#out.write(text);
  }
}

/** Breaks long lines at spaces, and indents what follows; a word that is longer than a line stays whole. */
export function fold(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => foldLine(line, width))
    .join('\n');
}

function foldLine(line: string, width: number): string {
  const indent = /^ *(?:[-*] )?/.exec(line)?.[0] ?? '';
  const hanging = ' '.repeat(indent.length);
  const folded: string[] = [];
  for (const word of line.slice(indent.length).split(' ')) {
    const last = folded.at(-1);
    if (last === undefined) folded.push(indent + word);
    else if (last.length + 1 + word.length > width) folded.push(hanging + word);
    else folded[folded.length - 1] = `${last} ${word}`;
  }
  return folded.join('\n');
}

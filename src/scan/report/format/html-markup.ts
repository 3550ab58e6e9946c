import { printable } from '../../../text/printable.ts';

/** HTML that needs no escape. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const MAX_TEXT = 1000;

const escaped = (value: Value): string => {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return printable(String(value), MAX_TEXT).replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!);
};

/** A template of which every value is escaped, for text and for attributes in quotes, unless it is markup itself. */
export const html = (parts: TemplateStringsArray, ...values: Value[]): Markup =>
  new Markup(parts.map((part, index) => part + (index < values.length ? escaped(values[index]!) : '')).join(''));

export const NOTHING = new Markup('');

import { isObject } from '../../../text/is-object.ts';
import { parseDocuments } from '../../input/documents.ts';
import { besideEachOther, type Setting } from './setting.ts';

const LINE_COMMENT = /^\s*(?:#|;|\/\/|--\s|%|REM\s)/;
const BLOCK_COMMENTS = /\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g;
const END_COMMENT = /\s(?:#|\/\/)(?=\s|$).*$/;

const PAIRS = [
  // `key = value`, `key: value`, `"key": "value",`, `export KEY=value`
  /^\s*(?:export\s+|set\s+|-\s+)?["']?([\w./-]+)["']?\s*(?:=>|=|:(?=[\s"']))\s*["']?(.*?)["']?[;,]?\s*$/,
  // `replicaof redis-master 6379;`
  /^\s*([\w.-]+)\s+["']?([^\s"']+(?:\s+\d{1,5})?)["']?;?\s*$/,
];
const CALLS = /["']([\w.-]+)["']\s*,\s*["']([^"']*)["']/g;
const ELEMENTS = /<([\w.-]+)>([^<]*)<\/\1>/g;

const pairsIn = (line: string): [string, string][] => {
  const pair = PAIRS.map((pattern) => pattern.exec(line)).find((match) => match !== null);
  const [, key = '', value = ''] = pair ?? [];
  const [, host, port] = /^(\S+)\s+(\d{1,5})$/.exec(value) ?? [];
  return [
    ...(pair === undefined ? [] : [[key, host === undefined ? value : `${host}:${port}`] as [string, string]]),
    ...[...line.matchAll(CALLS), ...line.matchAll(ELEMENTS)].map(([, k = '', v = '']): [string, string] => [k, v]),
    ...line.matchAll(/(?:^|\s)([\w.-]+)=([^\s;,"']+)/g).map(([, k = '', v = '']): [string, string] => [k, v]),
    ['', line],
  ];
};

/** The lines of a script or of a configuration that is neither YAML nor JSON, without its comments. */
export const settingsOfLines = (text: string): Setting[] => {
  const lines = text
    .replaceAll(BLOCK_COMMENTS, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !LINE_COMMENT.test(line))
    .map((line) => line.replace(END_COMMENT, ''));
  return besideEachOther(lines.flatMap(pairsIn));
};

const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

/** The scalars of YAML or JSON; an item of a list has the key of the list. */
const settingsOfValue = (value: unknown, key = ''): Setting[] => {
  if (Array.isArray(value)) return value.flatMap((item) => settingsOfValue(item, key));
  if (!isObject(value)) return settingsOf(key, scalar(value) ?? '');
  const pairs = Object.entries(value).flatMap(([name, of]): [string, string][] => {
    const text = scalar(of);
    return text === undefined || text.includes('\n') ? [] : [[name, text]];
  });
  const nested = Object.entries(value).filter(([, of]) => (scalar(of) ?? '\n').includes('\n'));
  return [...besideEachOther(pairs), ...nested.flatMap(([name, of]) => settingsOfValue(of, name))];
};

const structured = (text: string, isYaml: boolean): unknown[] | undefined => {
  if (!isYaml && !/^\s*[[{]/.test(text)) return undefined;
  const { documents, problems } = parseDocuments({ file: '', text });
  const isText = documents.every((document) => typeof document !== 'object');
  return problems.length > 0 || isText ? undefined : [...documents];
};

/** The settings in the text of a variable, an argument or a file. @param name of the variable or file */
export const settingsOf = (name: string, text: string): Setting[] => {
  const documents = structured(text, /\.ya?ml$|\.json$/.test(name));
  if (documents !== undefined) return documents.flatMap((document) => settingsOfValue(document));
  const isFile = text.includes('\n') || /\.[a-z]{2,10}$/.test(name);
  return isFile ? settingsOfLines(text) : besideEachOther([[name, text]]);
};

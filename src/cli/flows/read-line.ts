import { isObject } from '../../text/is-object.ts';
import { readCalico } from './calico.ts';
import { readConntrack } from './conntrack.ts';
import { readGoldmane } from './goldmane.ts';
import { readHubble } from './hubble.ts';
import type { ReadRecord } from './observed.ts';

/** Formats of objects in JSON. Each knows its own. */
const JSON_FORMATS: readonly ((record: Record<string, unknown>) => ReadRecord)[] = [
  readGoldmane,
  readHubble,
  readCalico,
];

/** The formats, for messages. */
export const FORMATS = 'hubble observe -o jsonpb, flow logs of Calico or Goldmane, and conntrack -L';

const OTHER: ReadRecord = { unreadable: `the format is unknown: ${FORMATS} can be read` };

const readObject = (record: unknown): ReadRecord => {
  if (!isObject(record)) return OTHER;
  for (const read of JSON_FORMATS) {
    const found = read(record);
    if (found !== undefined) return found;
  }
  return OTHER;
};

/** Whisker and Goldmane answer with lists. */
const recordsIn = (value: unknown): readonly unknown[] => {
  const lists = isObject(value) ? [value.items, value.flows] : [value];
  return (lists.find(Array.isArray) as unknown[] | undefined) ?? [value];
};

/** JSON, or what pretty-printed JSON has on lines of its own. */
const PART_OF_JSON = /^[[\]{}"]/;

const readJson = (text: string): ReadRecord[] => {
  try {
    return recordsIn(JSON.parse(text)).map(readObject);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const cause = /[}\]],?$/.test(text) && text.length > 3 ? 'the JSON is invalid' : 'the JSON is cut off';
    return [{ unreadable: `${cause}: write one object in a line, as jq -c . does` }];
  }
};

/** What a line of a flow log means; the format is that of the line. A list in a line has several records. */
export const readLine = (line: string): ReadRecord[] => {
  // A stream of server-sent events, as Whisker has it, begins each object with its field.
  const text = line.replace(/^data:/, '').trim();
  if (text === '') return [];
  if (text.startsWith('{')) return readJson(text);
  const entry = readConntrack(text);
  return entry === undefined && PART_OF_JSON.test(text) ? readJson(text) : [entry ?? OTHER];
};

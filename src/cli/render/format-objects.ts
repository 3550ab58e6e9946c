import { stringify } from 'yaml';

export type OutputFormat = 'yaml' | 'json';

// kubectl reads YAML 1.1: a label value such as "on" needs its quotes.
const YAML = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;

/** Objects as kubectl reads them: YAML documents, or a List in JSON. Ends in a newline. */
export const formatObjects = (objects: readonly object[], format: OutputFormat): string => {
  if (format === 'json') return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`;
  return objects.map((object) => stringify(object, YAML)).join('---\n');
};

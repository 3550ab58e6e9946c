import {
  type Document,
  isScalar,
  LineCounter,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
} from 'yaml';
import type { SourceText } from './files.ts';

/** The documents of a file as JSON values, or the problems of the file. */
interface Parsed {
  readonly documents: readonly unknown[];
  /** Each with file, line and column where they are known. */
  readonly problems: readonly string[];
}

/** kubectl reads YAML 1.1 (`on` is true, 010 is 8) but for these of its types. */
const withoutTimes = (tags: Tags): Tags =>
  tags.filter((tag) => {
    const { format, tag: name } = tag as ScalarTag;
    return format !== 'TIME' && name !== 'tag:yaml.org,2002:timestamp';
  });

export const OPTIONS = {
  version: '1.1',
  prettyErrors: false,
  logLevel: 'error',
  // The library's own check takes time in the square of the keys.
  uniqueKeys: false,
  customTags: withoutTimes,
} as const satisfies ParseOptions & Record<string, unknown>;

const MERGE = '<<';

const duplicateKeys = (map: YAMLMap): { key: string; offset: number }[] => {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key) || key.value === MERGE) return [];
    const name = String(key.value);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ key: name, offset: key.range?.[0] ?? 0 }];
  });
};

const syntaxProblems = (document: Document.Parsed): { message: string; offset: number }[] => {
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({ message, offset: pos[0] }));
  if (problems.length > 0) return problems.slice(0, 1);
  visit(document, {
    Map: (_, map) => {
      for (const { key, offset } of duplicateKeys(map)) {
        problems.push({ message: `the key "${key}" occurs twice in one object`, offset });
      }
    },
  });
  return problems;
};

/** Through JSON, as kubectl does: a document that contains itself has none, and aliases become copies. */
export const toJson = (document: Document.Parsed): unknown => {
  const text = JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null);
  return JSON.parse(text);
};

const causeOf = (error: unknown): string => {
  const { message } = error as Error;
  if (/call stack|stack overflow/i.test(message)) return 'it is nested too deeply';
  if (message.includes('circular')) return 'an alias refers to an object that contains it';
  return message.charAt(0).toLowerCase() + message.slice(1);
};

/** Reads YAML or JSON, several documents. Documents that are empty do not count. */
export const parseDocuments = ({ file, text }: SourceText): Parsed => {
  const lineCounter = new LineCounter();
  try {
    const parsed = parseAllDocuments(text, { ...OPTIONS, lineCounter });
    const problems = [...parsed].flatMap(syntaxProblems).map(({ message, offset }) => {
      const { line, col } = lineCounter.linePos(offset);
      return `${file}:${line}:${col}: ${causeOf(new Error(message))}`;
    });
    if (problems.length > 0) return { documents: [], problems };
    return { documents: [...parsed].map(toJson).filter((d) => d !== null), problems };
  } catch (error) {
    return { documents: [], problems: [`${file}: ${causeOf(error)}`] };
  }
};

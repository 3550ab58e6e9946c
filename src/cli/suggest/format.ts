import { Document, isMap, isScalar, type Scalar, visit, type YAMLMap } from 'yaml';
import { compareText } from '../../text/compare-text.ts';
import { listedUpTo } from '../../text/listed.ts';
import { plural } from '../../text/plural.ts';
import { printable } from '../../text/printable.ts';
import type { Gap } from './evidence/evidence.ts';
import type { Suggested } from './policies.ts';

// As render writes objects: kubectl reads YAML 1.1.
const YAML = { version: '1.1', aliasDuplicateObjects: false } as const;
const WIDTH = 110;
const MOST_NAMES = 10;

/** Lines of at most WIDTH characters, the further ones indented. */
const wrapped = (text: string): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text, 2000).split(' ')) {
    if (line !== '' && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = ` `;
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

const commented = (lines: readonly string[]): string => lines.map((line) => ` ${line}`).join('\n');

const bullets = (texts: readonly string[]): string[] =>
  [...new Set(texts)].sort(compareText).flatMap((text) => wrapped(`- ${text}`));

/** Equal ones once, with all whom they are about. */
const textsOf = (gaps: readonly Gap[], direction?: Gap['direction']): string[] =>
  [
    ...Map.groupBy(
      gaps.filter((gap) => gap.direction === direction),
      ({ text }) => text,
    ),
  ].map(([text, of]) => {
    const names = [...new Set(of.flatMap((gap) => gap.of ?? []))].sort();
    return names.length === 0 ? text : `${text} (${listedUpTo(MOST_NAMES, names)})`;
  });

const keyIn = (map: unknown, name: string): Scalar | undefined =>
  isMap(map)
    ? (map.items.find(({ key }) => isScalar(key) && key.value === name)?.key as Scalar | undefined)
    : undefined;

/** Small maps are easier to read on one line. */
const compact = (document: Document): void => {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (
        isScalar(key) &&
        ['ports', 'isolate', 'metadata', 'from', 'to', 'pods', 'podSelector'].includes(String(key.value))
      )
        (value as YAMLMap).flow = true;
    },
  });
};

const unknown = (what: string, texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [what, ...bullets(texts)];

const toDocument = ({ policy, gaps, reasons }: Suggested, header: readonly string[]): Document => {
  const document = new Document(policy, YAML);
  compact(document);
  const allow = document.getIn(['spec', 'network', 'allow'], true);
  const [incoming, outgoing] = [textsOf(gaps, 'ingress'), textsOf(gaps, 'egress')];
  const at = (name: string, lines: readonly string[]): boolean => {
    const key = keyIn(allow, name);
    if (key === undefined || lines.length === 0) return lines.length === 0;
    key.commentBefore = commented(lines);
    return true;
  };
  const loose = [
    ...(at('ingress', unknown('Ingress that is not known, and not allowed:', incoming)) ? [] : incoming),
    ...(at('egress', unknown('Egress that is not known, and not allowed:', outgoing)) ? [] : outgoing),
  ];
  at('apiServer', bullets(reasons));
  const others = unknown('Not known:', [...textsOf(gaps), ...loose]);
  document.commentBefore = commented([...header, ...others]);
  return document;
};

export interface Heading {
  readonly namespace: string;
  readonly workloads: number;
  /** What the user may not read. */
  readonly unread: readonly string[];
}

const headerOf = ({ namespace, workloads, unread }: Heading): string[] => [
  ...wrapped(
    `Suggested by palisade suggest for namespace ${namespace}, from what ${plural(workloads, 'workload')} and their Services declare.`,
  ),
  ...wrapped(
    'Mode Audit puts nothing in force. Apply it, compare status.preview, add what the comments name, and then set mode: Enforce.',
  ),
  ...unknown('Not read:', unread),
];

/** The policies as YAML documents, with what they do not know as comments. Ends in a newline. */
export const formatSuggestion = (suggested: readonly Suggested[], heading: Heading): string =>
  suggested
    .map((one, n) =>
      toDocument(one, n === 0 ? headerOf(heading) : []).toString({ lineWidth: 0, flowCollectionPadding: false }),
    )
    .map((text) => text.replace(/^%YAML 1\.1\n---\n/, ''))
    .join('---\n');

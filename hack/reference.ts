/** Pages of docs/reference: Markdown from definitions and from tables in the code. Pure. */
import type { ReasonInfo } from '../src/api/reason.ts';
import { defaultText, type Setting } from '../src/cli/settings/setting.ts';
import type { ServedMetric } from './served-metrics.ts';

/** The part of an OpenAPI schema that the definitions use. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
}

export interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string; readonly shortNames?: readonly string[] };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
      readonly additionalPrinterColumns?: readonly {
        readonly name: string;
        readonly type: string;
        readonly jsonPath: string;
        readonly priority?: number;
        readonly description?: string;
      }[];
    }[];
  };
}

const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().replaceAll('|', '\\|');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');

const code = (text: string): string => `\`${text}\``;

const typeOf = (schema: Schema): string => {
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'values' : typeOf(schema.items)}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(', ');
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format === 'date-time' ? 'time (RFC 3339)' : (schema.type ?? 'any');
};

const range = (min: number | undefined, max: number | undefined, unit = ''): string[] => {
  if (min !== undefined && max !== undefined) return [`${min} to ${max}${unit}`];
  if (min !== undefined) return [`at least ${min}${unit}`];
  return max === undefined ? [] : [`at most ${max}${unit}`];
};

const ownBounds = (schema: Schema): string[] => [
  ...range(schema.minimum, schema.maximum),
  ...range(schema.minLength, schema.maxLength, ' characters'),
  ...range(schema.minItems, schema.maxItems, ' items'),
  ...range(undefined, schema.maxProperties, ' entries'),
  ...(schema.pattern === undefined ? [] : [`matches ${code(schema.pattern)}`]),
];

/** Bounds of a field, and of the entries of a list or map. */
const boundsOf = (schema: Schema): string[] => {
  const entries = schema.items ?? schema.additionalProperties;
  const each = typeof entries === 'object' ? ownBounds(entries) : [];
  return [...ownBounds(schema), ...(each.length === 0 ? [] : [`each ${each.join(', ')}`])];
};

const fieldRows = (path: string, schema: Schema): string[][] => {
  const parts = Object.entries(schema.properties ?? {});
  return parts.flatMap(([name, part]) => {
    const at = `${path}.${name}`;
    const inner = part.type === 'array' ? part.items : part;
    const notes = [
      ...(schema.required?.includes(name) ? ['required'] : []),
      ...(part.default === undefined ? [] : [`default ${code(JSON.stringify(part.default))}`]),
      ...boundsOf(part),
    ];
    const row = [code(at), typeOf(part), notes.join('; '), part.description ?? ''];
    return [row, ...(inner === undefined ? [] : fieldRows(part.type === 'array' ? `${at}[]` : at, inner))];
  });
};

const header = (title: string, from: string): string =>
  `# ${title}\n\nGenerated from ${from} by \`npm run generate\`.\n`;

const reasonTable = (reasons: Readonly<Record<string, ReasonInfo>>): string =>
  table(
    ['reason', 'state', 'meaning', 'cure'],
    Object.entries(reasons).map(([name, { state, meaning, cure = '' }]) => [code(name), state, meaning, cure]),
  );

/** @param from the path of the definition, as people read it */
export const kindPage = (
  definition: Definition,
  reasons: Readonly<Record<string, ReasonInfo>>,
  from: string,
): string => {
  const { names, versions } = definition.spec;
  const version = versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${names.kind} has no stored version`);
  const { properties = {} } = version.schema.openAPIV3Schema;
  const columns = version.additionalPrinterColumns ?? [];
  const fields = (part: string): string =>
    table(['field', 'type', 'bounds', 'description'], fieldRows(part, properties[part] ?? {}));
  return [
    header(names.kind, `[${from}](../../${from}) and the table of reasons in the code`),
    `Version \`${version.name}\`${names.shortNames === undefined ? '' : `, short name ${names.shortNames.map(code).join(', ')}`}.\n`,
    `## Spec\n\n${fields('spec')}\n`,
    `## Status\n\n${fields('status')}\n`,
    '## Columns of kubectl get\n',
    `${table(
      ['column', 'shows', 'only with -o wide', 'description'],
      columns.map(({ name, jsonPath, priority = 0, description = '' }) => [
        name,
        code(jsonPath),
        priority > 0 ? 'yes' : '',
        description,
      ]),
    )}\n`,
    '## Reasons of conditions\n',
    'Ready: nothing to do, or a result to read. Reconciling: the operator continues without help. Stalled: a user must act.\n',
    `${reasonTable(reasons)}\n`,
  ].join('\n');
};

export const flagsPage = (settings: readonly Setting[]): string =>
  [
    header('Flags of the operator', '[src/cli/settings](../../src/cli/settings)'),
    'Each flag has a variable in the environment. The flag wins over the variable, and the variable over the default.\n',
    `${table(
      ['flag', 'variable', 'default', 'meaning'],
      settings.map((setting) => [
        code(`--${setting.flag}`),
        code(setting.variable),
        defaultText(setting),
        setting.description,
      ]),
    )}\n`,
  ].join('\n');

export const metricsPage = (metrics: readonly ServedMetric[]): string =>
  [
    header('Metrics of the operator', 'the registrations in the code'),
    '[Status, Events, metrics and the log](../status.md#metrics) explains their labels. `process_*` and `nodejs_*` describe the process.\n',
    `${table(
      ['metric', 'type', 'labels', 'meaning'],
      [...metrics]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, type, labelNames, help }) => [code(name), type, labelNames.map(code).join(', '), help]),
    )}\n`,
  ].join('\n');

import { Ajv, type ErrorObject } from 'ajv';
import { childPath } from '../../api/field-path.ts';
import type { Schema } from '../../api/schema.ts';
import { isObject } from '../../text/is-object.ts';
import { plural } from '../../text/plural.ts';
import { isDateTime } from './date-time.ts';
import { METADATA_SCHEMA } from './metadata.ts';
import type { Problem } from './problem.ts';

/** A structural problem. After some of them the API server does not evaluate the rules. */
interface StructuralProblem extends Problem {
  readonly blocksRules: boolean;
}

/** As JSON schema: int-or-string as one type, and unknown fields are errors, as kubectl has it. */
const toJsonSchema = (schema: Schema): object => {
  const { properties, additionalProperties, items, ...rest } = schema;
  const { anyOf: _, ...intOrString } = rest as { anyOf?: unknown };
  return {
    ...(schema['x-kubernetes-int-or-string'] === true ? { ...intOrString, type: ['integer', 'string'] } : rest),
    ...(items !== undefined && { items: toJsonSchema(items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([k, s]) => [k, toJsonSchema(s)])),
      additionalProperties: false,
    }),
    ...(additionalProperties !== undefined && { additionalProperties: toJsonSchema(additionalProperties) }),
  };
};

const toFieldPath = (pointer: string, root: unknown): string => {
  let path = '';
  let value = root;
  for (const token of pointer.split('/').slice(1)) {
    const step = token.replaceAll('~1', '/').replaceAll('~0', '~');
    path = childPath(path, Array.isArray(value) ? Number(step) : step);
    value = (value as Record<string, unknown>)[step];
  }
  return path;
};

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : JSON.stringify(value);
};

const size = (value: unknown): number => (Array.isArray(value) ? value.length : Object.keys(value as object).length);

type Describe = (error: ErrorObject) => Omit<StructuralProblem, 'path'> & { readonly below?: string };

const limit = ({ params }: ErrorObject): number => (params as { limit: number }).limit;

/** By JSON schema's keyword, in the words of the API server where they are readable. */
const DESCRIPTIONS: Readonly<Record<string, Describe>> = {
  required: ({ params }) => ({ below: params.missingProperty, message: 'Required value', blocksRules: true }),
  additionalProperties: ({ params, parentSchema }) => ({
    below: params.additionalProperty,
    message: `unknown field: known fields are ${Object.keys(parentSchema?.properties ?? {}).join(', ')}`,
    blocksRules: true,
  }),
  type: ({ schema, data }) => ({
    message: `must be of type ${[schema].flat().join(' or ')}, not ${shown(data)}`,
    blocksRules: true,
  }),
  enum: ({ schema, data }) => ({
    message: `Unsupported value: ${JSON.stringify(data)}: supported values: ${(schema as unknown[]).map((v) => `"${v}"`).join(', ')}`,
    blocksRules: true,
  }),
  maxLength: (error) => ({ message: `Too long: may not be more than ${limit(error)} bytes`, blocksRules: true }),
  maxItems: (error) => ({
    message: `Too many: ${size(error.data)}: must have at most ${limit(error)} items`,
    blocksRules: true,
  }),
  maxProperties: (error) => ({
    message: `Too many: ${size(error.data)}: must have at most ${limit(error)} items`,
    blocksRules: true,
  }),
  minItems: (error) => ({ message: `must have at least ${plural(limit(error), 'item')}`, blocksRules: false }),
  minLength: (error) => ({ message: `must have at least ${plural(limit(error), 'character')}`, blocksRules: false }),
  minimum: (error) => ({ message: `must be at least ${limit(error)}, not ${shown(error.data)}`, blocksRules: false }),
  maximum: (error) => ({ message: `must be at most ${limit(error)}, not ${shown(error.data)}`, blocksRules: false }),
  format: ({ data }) => ({
    message: `${shown(data)} is no time of RFC 3339: write date, time and zone, as in 2027-01-31T00:00:00Z`,
    blocksRules: true,
  }),
  pattern: ({ schema, data, parentSchema, propertyName }) => ({
    message: [`${shown(data ?? propertyName)} does not match ${schema}`, parentSchema?.description]
      .filter(Boolean)
      .join(': '),
    blocksRules: false,
  }),
};

export const toProblem = (error: ErrorObject, root: unknown): StructuralProblem[] => {
  const describe = DESCRIPTIONS[error.keyword];
  // The keyword that holds others reports what they report.
  if (error.keyword === 'propertyNames') return [];
  const at = toFieldPath(error.instancePath, root);
  if (describe === undefined) return [{ path: at, message: error.message ?? error.keyword, blocksRules: false }];
  const { below, message, blocksRules } = describe(error);
  return [{ path: below === undefined ? at : childPath(at, below), message, blocksRules }];
};

/** Those of the definitions; the type of a number bounds it well enough. */
const FORMATS = { 'date-time': isDateTime, int32: true, int64: true } as const;

/** Compiles the structural part of a schema to a function that fills in the defaults of an object and finds its problems. */
export const compileStructure = (schema: Schema): ((object: unknown) => StructuralProblem[]) => {
  const ajv = new Ajv({ allErrors: true, verbose: true, useDefaults: true, strict: false, formats: FORMATS });
  const json = toJsonSchema(schema) as { properties: object };
  // Absent metadata lacks its name, as empty metadata does.
  const metadata = { ...METADATA_SCHEMA, additionalProperties: false, default: {} };
  const validate = ajv.compile({ ...json, properties: { ...json.properties, metadata } });
  return (object) => (validate(object) ? [] : (validate.errors ?? []).flatMap((e) => toProblem(e, object)));
};

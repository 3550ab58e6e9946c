import type { Rule, Schema } from '../../api/schema.ts';
import { visit } from '../../api/visit.ts';
import type { Expression } from './cel.ts';
import type { Problem } from './problem.ts';

type Check = (self: unknown, path: string) => Problem[];

const toCheck = (rule: Rule, compile: (source: string) => Expression): Check => {
  const holds = compile(rule.rule);
  const explain = rule.messageExpression === undefined ? undefined : compile(rule.messageExpression);
  const failureOf = (self: unknown): string | undefined => {
    try {
      if (holds(self) === true) return undefined;
      return explain === undefined ? (rule.message ?? `failed rule: ${rule.rule}`) : String(explain(self));
    } catch (error) {
      // A rule that cannot be evaluated does not hold, as in the API server.
      const [reason = ''] = (error as Error).message.split('\n', 1);
      return `${reason} evaluating rule: ${rule.message ?? rule.rule}`;
    }
  };
  return (self, path) => {
    const message = failureOf(self);
    if (message === undefined) return [];
    // As the API server: an entry of a list is found by its content, not by its index.
    const value = typeof self === 'string' ? `${JSON.stringify(self)}: ` : '';
    return [{ path: `${path}${rule.fieldPath ?? ''}`, message: `${value}${message}` }];
  };
};

/** Every schema that occurs below, each once. */
const schemasIn = (schema: Schema, found = new Set<Schema>()): Set<Schema> => {
  if (found.has(schema)) return found;
  found.add(schema);
  const inner = [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items];
  for (const s of inner) if (s !== undefined) schemasIn(s, found);
  return found;
};

/** Compiles the rules of x-kubernetes-validations to a function that finds the problems of a structurally valid object. */
export const compileRules = (
  schema: Schema,
  compile: (source: string) => Expression,
): ((object: unknown) => Problem[]) => {
  const checks = new Map<Schema, Check[]>();
  for (const part of schemasIn(schema)) {
    const rules = part['x-kubernetes-validations'];
    if (rules !== undefined)
      checks.set(
        part,
        rules.map((r) => toCheck(r, compile)),
      );
  }
  return (object) =>
    [...visit(schema, object)].flatMap(({ schema: part, value, path }) =>
      (checks.get(part) ?? []).flatMap((check) => check(value, path)),
    );
};

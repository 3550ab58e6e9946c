import type { Schema } from '../../api/schema.ts';
import { celCompiler } from './cel.ts';
import { findDuplicates } from './duplicates.ts';
import { withoutNulls } from './nulls.ts';
import type { Problem } from './problem.ts';
import { compileRules } from './rules.ts';
import { compileStructure } from './structure.ts';

export interface Validated {
  /** The object as the API server would store it: without null fields, with defaults. Only to be used without problems. */
  readonly object: unknown;
  readonly problems: readonly Problem[];
}

/** The API server's own words. */
const RULES_NOT_CHECKED: Problem = {
  path: '',
  message:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** Compiles a schema to a validator that finds all problems of an object, as the API server does at apply. */
export const compileValidator = (schema: Schema): ((object: unknown) => Validated) => {
  const checkStructure = compileStructure(schema);
  const checkRules = compileRules(schema, celCompiler());
  return (raw) => {
    const object = withoutNulls(raw);
    const structural = checkStructure(object);
    const problems = [
      ...structural.map(({ path, message }) => ({ path, message })),
      ...findDuplicates(schema, object),
      ...(structural.some((p) => p.blocksRules) ? [RULES_NOT_CHECKED] : checkRules(object)),
    ];
    return { object, problems };
  };
};

import { listed } from '../../text/listed.ts';
import { duration, integer, oneOf, size } from './parsers.ts';
import type { Setting } from './setting.ts';

// Each gives a description and the parser, so that --help and the reference name the bounds and values that are parsed.

type Described<Value> = Pick<Setting<Value>, 'description' | 'parse'>;

export const integerBetween = (description: string, min: number, max: number): Described<number> => ({
  description: `${description}, ${min} to ${max}`,
  parse: integer(min, max),
});

/** @param min @param max in the form that a user writes */
export const durationBetween = (description: string, min: string, max: string): Described<number> => ({
  description: `${description}, ${min} to ${max}`,
  parse: duration(min, max),
});

/** @param min in the form that a user writes */
export const sizeAtLeast = (description: string, min: string): Described<number> => ({
  description: `${description}, at least ${min}`,
  parse: size(min),
});

export const choice = <Value extends string>(description: string, ...values: readonly Value[]): Described<Value> => ({
  description: `${description}: ${listed(values, 'or')}`,
  parse: oneOf(...values),
});

/** @param meanings by value */
export const explainedChoice = <Value extends string>(meanings: Readonly<Record<Value, string>>): Described<Value> => ({
  description: Object.entries(meanings)
    .map(([value, meaning]) => `${value}: ${meaning}`)
    .join('; '),
  parse: oneOf(...(Object.keys(meanings) as Value[])),
});

import type { Selector } from '../../api/policy.ts';
import { listed } from '../../text/listed.ts';
import { printable } from '../../text/printable.ts';
import type { Labels } from '../world.ts';
import { nearest } from './nearest.ts';
import { requiredValues } from './scene.ts';

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

const written = (key: string, values: readonly string[]): string =>
  printable(values.length === 1 ? `${key}: ${values[0]}` : `${key} in (${values.join(', ')})`);

/** A correction of a requirement that something meets: another value, another key, or the value where it belongs. */
const cureOf = (all: readonly Labels[], key: string, values: readonly string[]): string | undefined => {
  const found = all.flatMap((labels) => labelOf(labels, key) ?? []);
  const value = values.flatMap((one) => nearest(one, found) ?? [])[0];
  if (value !== undefined) return written(key, [value]);
  // Pods have other values of the key, so the key is right.
  if (found.length > 0) return undefined;
  const others = new Map(all.flatMap((labels) => Object.entries(labels)).filter(([, one]) => values.includes(one)));
  const keys = [...new Set(all.flatMap((labels) => Object.keys(labels)))];
  const near = nearest(key, keys);
  if (near !== undefined) return written(near, values);
  // `app: web` for `app.kubernetes.io/name: web`.
  const holders = [...others.keys()].filter((one) => one.includes('/') || key.includes('/')).sort();
  return holders.length === 1 ? written(holders[0]!, values) : undefined;
};

/** A requirement that nothing meets, and a correction that something meets. */
const missing = (all: readonly Labels[], key: string, values: readonly string[]) => {
  if (all.some((labels) => values.includes(labelOf(labels, key) ?? ''))) return undefined;
  const cure = cureOf(all, key, values);
  return { requirement: written(key, values), ...(cure !== undefined && { cure }) };
};

/** A key that nothing has, and a near one that something has. */
const missingKey = (all: readonly Labels[], key: string) => {
  if (all.some((labels) => Object.hasOwn(labels, key))) return undefined;
  const cure = nearest(
    key,
    all.flatMap((labels) => Object.keys(labels)),
  );
  return { requirement: printable(key), ...(cure !== undefined && { cure: printable(cure) }) };
};

const requiredKeys = ({ matchExpressions = [] }: Selector): string[] =>
  matchExpressions.filter(({ operator }) => operator === 'Exists').map(({ key }) => key);

/**
 * Why a selector selects nothing among these labels, and the correction if it is a misspelling.
 * @param what they belong to, as `pod of namespace shop`
 */
export const whySelectsNothing = (selector: Selector, all: readonly Labels[], what: string) => {
  const unmet: { requirement: string; cure?: string }[] = [
    ...requiredValues(selector).flatMap(([key, values]) => missing(all, key, values) ?? []),
    ...requiredKeys(selector).flatMap((key) => missingKey(all, key) ?? []),
  ];
  const cures = unmet.flatMap(({ cure }) => cure ?? []);
  const [first] = unmet;
  const why = first === undefined ? `no ${what} has all of its labels` : `no ${what} has label ${first.requirement}`;
  return { why, ...(cures.length > 0 && cures.length === unmet.length && { cure: `write ${listed(cures)}` }) };
};

/** Values of a list that nothing has and that are misspelled, although others of the list are right. */
export const misspelledValues = (selector: Selector, all: readonly Labels[], what: string) =>
  requiredValues(selector).flatMap(([key, values]) => {
    const found = all.flatMap((labels) => labelOf(labels, key) ?? []);
    if (!values.some((value) => found.includes(value))) return [];
    return values.flatMap((value) => {
      if (found.includes(value)) return [];
      const near = nearest(
        value,
        found.filter((one) => !values.includes(one)),
      );
      return near === undefined
        ? []
        : [{ why: `no ${what} has label ${written(key, [value])}`, cure: `write ${written(key, [near])}` }];
    });
  });

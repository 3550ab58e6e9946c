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

/** A requirement that nothing meets, and a correction that something meets. */
const missing = (all: readonly Labels[], key: string, values: readonly string[]) => {
  const found = all.map((labels) => labelOf(labels, key)).filter((value) => value !== undefined);
  if (values.some((value) => found.includes(value))) return undefined;
  const value = values.map((one) => nearest(one, found)).find((one) => one !== undefined);
  if (value !== undefined) return { requirement: written(key, values), cure: written(key, [value]) };
  const keys = all.flatMap((labels) => Object.keys(labels));
  const other = found.length > 0 ? undefined : nearest(key, keys);
  return { requirement: written(key, values), ...(other !== undefined && { cure: written(other, values) }) };
};

/**
 * Why a selector selects nothing among these labels, and the correction if it is a misspelling.
 * @param what they belong to, as `pod of namespace shop`
 */
export const whySelectsNothing = (selector: Selector, all: readonly Labels[], what: string) => {
  const unmet = requiredValues(selector).flatMap(([key, values]) => missing(all, key, values) ?? []);
  const cures = unmet.flatMap(({ cure }) => cure ?? []);
  const [first] = unmet;
  const why = first === undefined ? `no ${what} has all of its labels` : `no ${what} has label ${first.requirement}`;
  return { why, ...(cures.length > 0 && cures.length === unmet.length && { cure: `write ${listed(cures)}` }) };
};

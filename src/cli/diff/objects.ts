import { isDeepStrictEqual } from 'node:util';
import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { isObject } from '../../text/is-object.ts';
import { isOfKind, type KubernetesObject, keyOf, pathOf } from '../world/kubernetes-object.ts';
import type { Area, Difference } from './difference.ts';

/** Fields that one sentence names. */
const MOST_FIELDS = 10;
const MOST_CHARACTERS = 80;
/** Characters that a long value shows before its first difference. */
const CONTEXT = 20;

/** What other clients write, or what only says who wrote it. */
const METADATA = ['labels', 'annotations'] as const;

/** An object of a cluster has defaults and fields of other clients, so only the fields count that the file names. */
type Compared = 'Whole' | 'NamedFields';

/** How the metadata and the rest of an object are compared. */
interface Comparison {
  readonly metadata: Compared;
  readonly rest: Compared;
}

export const WHOLE: Comparison = { metadata: 'Whole', rest: 'Whole' };

/** The policies of files have the defaults of the API server. */
export const withCluster = (object: KubernetesObject): Comparison => ({
  metadata: 'NamedFields',
  rest: isOfKind(object, CONTAINER_SECURITY_POLICY) ? 'Whole' : 'NamedFields',
});

/** A cluster returns other orders of keys than a file has. */
const textOf = (value: unknown): string =>
  value === undefined
    ? 'unset'
    : JSON.stringify(value, (_, one) =>
        isObject(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
      );

/** A part of a long text, from where it matters. */
const excerpt = (whole: string, from: number): string => {
  if (whole.length <= MOST_CHARACTERS) return whole;
  const start = Math.max(0, from);
  const end = start + MOST_CHARACTERS;
  return `${start > 0 ? '…' : ''}${whole.slice(start, end)}${end < whole.length ? '…' : ''}`;
};

/** Two values as text; of long ones, the part from a little before their first difference. */
const written = (before: unknown, after: unknown): string => {
  const [was, is] = [textOf(before), textOf(after)];
  let same = 0;
  while (same < was.length && was[same] === is[same]) same += 1;
  const from = same - CONTEXT;
  return `${excerpt(was, from)} → ${excerpt(is, from)}`;
};

const changedFields = (before: unknown, after: unknown, compared: Compared, path: string): string[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (isObject(before) && isObject(after)) {
    const named = Object.keys(after);
    const keys = compared === 'NamedFields' ? named : [...new Set([...Object.keys(before), ...named])];
    return keys.flatMap((key) =>
      changedFields(before[key], after[key], compared, path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return after.flatMap((item, index) => changedFields(before[index], item, compared, `${path}[${index}]`));
  return [`${path}: ${written(before, after)}`];
};

const metadataOf = ({ metadata }: KubernetesObject): Record<string, unknown> =>
  Object.fromEntries(METADATA.map((field) => [field, metadata[field] ?? {}]));

const restOf = ({ status: _, metadata: __, ...rest }: KubernetesObject): Record<string, unknown> => rest;

const nameOf = (object: KubernetesObject): string => `${object.kind} ${pathOf(object)}`;

const changed = (before: KubernetesObject, after: KubernetesObject, how: Comparison): string | undefined => {
  const fields = [
    ...changedFields(metadataOf(before), metadataOf(after), how.metadata, 'metadata'),
    ...changedFields(restOf(before), restOf(after), how.rest, ''),
  ];
  if (fields.length === 0) return undefined;
  // As kubectl diff does, a comparison shows no secret.
  if (after.kind === 'Secret')
    return `${fields.length === 1 ? 'a field' : `${fields.length} fields`} changed; the values are not shown`;
  const more = fields.length - MOST_FIELDS;
  return [...fields.slice(0, MOST_FIELDS), ...(more > 0 ? [`${more} more fields`] : [])].join('; ');
};

/** @param how compares an object with its earlier state */
export const compareObjects = (
  area: Area,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
  how: (object: KubernetesObject) => Comparison,
): Difference[] => {
  const was = new Map(before.map((object) => [keyOf(object), object]));
  const is = new Set(after.map(keyOf));
  return [
    ...after.flatMap((object): Difference[] => {
      const old = was.get(keyOf(object));
      if (old === undefined) return [{ area, change: 'Added', message: nameOf(object) }];
      const fields = changed(old, object, how(object));
      return fields === undefined ? [] : [{ area, change: 'Changed', message: `${nameOf(object)}: ${fields}` }];
    }),
    ...before
      .filter((object) => !is.has(keyOf(object)))
      .map((object): Difference => ({ area, change: 'Removed', message: nameOf(object) })),
  ];
};

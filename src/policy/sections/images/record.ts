import { ENFORCED_IMAGES_PREFIX, FIELD_MANAGERS } from '../../../api/keys.ts';
import type { ImagesSection } from '../../../api/policy.ts';
import { isAtRest } from '../../at-rest.ts';
import type { CachedPolicy } from '../../caches.ts';
import type { NamespaceLabels } from '../../namespace.ts';

/** Annotations of a namespace: image rules in force, as text, by the policy that they are of. */
export type Records = Readonly<Record<string, string>>;

const ALLOWED = 'allowed=';

/** The rules as config/admission/trusted-images.yaml writes them. No pattern has a space or a comma. */
export const toRecord = ({ allowed, requireDigest, requireRegistry }: ImagesSection): string =>
  [
    ...(allowed === undefined ? [] : [`${ALLOWED}${allowed.join(',')}`]),
    ...(requireDigest === true ? ['requireDigest'] : []),
    ...(requireRegistry === true ? ['requireRegistry'] : []),
  ].join(' ');

/** The rules of a record, as config/admission/trusted-images.yaml reads any text. */
export const fromRecord = (record: string): ImagesSection => {
  const words = record.split(' ');
  const allowed = words.find((word) => word.startsWith(ALLOWED));
  return {
    ...(allowed !== undefined && { allowed: allowed.slice(ALLOWED.length).split(',') }),
    requireDigest: words.includes('requireDigest'),
    requireRegistry: words.includes('requireRegistry'),
  };
};

/** A policy of the same name that is created later has another UID, and waits by itself. */
export const recordKey = ({ metadata: { uid } }: Pick<CachedPolicy, 'metadata'>): string =>
  `${ENFORCED_IMAGES_PREFIX}${uid}`;

/** A policy at rest keeps its record, whatever its mode: it may be resumed as it was. */
const keepsRecord = (policy: CachedPolicy): boolean =>
  policy.metadata.deletionTimestamp === undefined &&
  policy.spec.images !== undefined &&
  (isAtRest(policy) || policy.spec.mode !== 'Audit');

/** The records that our field manager owns now. */
export const ownedRecords = (records: NamespaceLabels): Records =>
  Object.fromEntries(
    [...records]
      .filter(([, { managers }]) => managers.includes(FIELD_MANAGERS.images))
      .map(([key, { value }]) => [key, value]),
  );

/**
 * The records that our field manager must own: that of one policy, and those of the others as they are. Each policy decides
 * for itself.
 * @param record undefined: no rules of the policy are in force
 */
export const wantedRecords = (
  records: NamespaceLabels,
  policy: CachedPolicy,
  record: string | undefined,
  others: readonly CachedPolicy[],
): Records => {
  const kept = others.filter(keepsRecord).flatMap((other) => {
    const key = recordKey(other);
    const value = records.get(key)?.value;
    return value === undefined ? [] : [[key, value]];
  });
  return { ...Object.fromEntries(kept), ...(record !== undefined && { [recordKey(policy)]: record }) };
};

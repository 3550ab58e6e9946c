import { MANAGED_BY, MANAGED_BY_LABEL, POLICY_LABEL } from '../../api/keys.ts';
import type { ContainerSecurityPolicy, PolicyName } from '../../api/policy.ts';
import { RetryError } from '../../kube/workqueue/work-queue.ts';
import { perDuration } from '../../text/duration-in-words.ts';
import { listed } from '../../text/listed.ts';
import { DriftStormError, FinalizerHeldError, StalledError } from '../errors.ts';
import { type CachedChild, changedBy } from './cached-child.ts';
import type { Child } from './kinds.ts';
import { MAX_WRITES, REFILL_MS } from './pacer.ts';

export const describeChild = ({ kind, metadata }: Child | CachedChild): string =>
  `${kind} ${metadata.namespace}/${metadata.name}`;

/** @param live the object that has the name of a generated one */
export const nameConflict = (live: CachedChild, { namespace, name }: PolicyName): StalledError =>
  new StalledError(
    'NameConflict',
    live.metadata.labels?.[POLICY_LABEL] === name
      ? `${describeChild(live)} has the labels of this policy, but Palisade did not write it or another object owns it, as after ` +
          `a restore: to take it over, run palisade adopt ${namespace}/${name}; otherwise delete it`
      : `${describeChild(live)} exists and was not created by this policy: delete or rename it; Palisade does not take it over`,
  );

/** @param now the policy as it is known now @throws RetryError when it no longer exists, or is being deleted */
export const assertExists = ({ metadata }: ContainerSecurityPolicy, now: ContainerSecurityPolicy | undefined): void => {
  const { name, namespace, uid } = metadata;
  if (now?.metadata.uid !== uid || now.metadata.deletionTimestamp !== undefined)
    throw new RetryError(`ContainerSecurityPolicy ${namespace}/${name} is being deleted: nothing is created again`, {
      isRoutine: true,
    });
};

/** Of several objects at once, so that one look at the status shows all that must be done. */
export const nameConflicts = (children: readonly CachedChild[], { namespace, name }: PolicyName): StalledError =>
  new StalledError(
    'NameConflict',
    `${listed(children.map(describeChild))} exist and were not created by this policy: delete or rename them; if they were ` +
      `restored from a backup, palisade adopt ${namespace}/${name} takes them over`,
  );

export const ownershipLost = (live: CachedChild): StalledError =>
  new StalledError(
    'NameConflict',
    `${describeChild(live)} was created by this policy and has another controller now: delete it by hand`,
  );

export const finalizerHeld = (live: CachedChild, inEffect: boolean): FinalizerHeldError =>
  new FinalizerHeldError(
    `${describeChild(live)} is being deleted, and its finalizers keep it: ${(live.metadata.finalizers ?? []).join(', ')}`,
    inEffect,
  );

/** @param live undefined: the object was deleted */
export const driftStorm = (child: Child, live: CachedChild | undefined, waitMs: number): DriftStormError => {
  const [verb, by] = live === undefined ? ['deleted', ['another client']] : ['changed', changedBy(live, child)];
  const who =
    by.length === 0 ? "another writer with Palisade's field manager, such as a second Palisade" : by.join(', ');
  return new DriftStormError(
    `${describeChild(child)} was reverted ${MAX_WRITES} times and ${verb} again by ${who}: ` +
      `stop that writer, or change the policy instead; corrected at most once per ${perDuration(REFILL_MS)} from now on`,
    live !== undefined,
    waitMs,
  );
};

export const changedByAdmission = (object: CachedChild): StalledError =>
  new StalledError(
    'ChangedByAdmission',
    `${describeChild(object)} is stored differently from what was written: exclude objects labeled ` +
      `${MANAGED_BY_LABEL}=${MANAGED_BY} from the MutatingAdmissionPolicy or webhook that changes it`,
  );

import type { Clock } from '../../kube/clock.ts';
import { databaseKey } from '../database-version.ts';
import type { ScanEngine } from '../engine/engine.ts';
import { PRIORITIES } from '../engine/queue/scan-request.ts';
import { imageTarget, type TagTarget } from '../engine/scan-target.ts';
import { imageKey } from '../image.ts';
import type { Scanner } from '../scanner/scanner.ts';
import { dueFor } from './due.ts';
import { earlierFailures, type Reconciliation, targetsOf } from './reconciliation.ts';

export interface RequestOptions {
  readonly engine: ScanEngine;
  readonly scanner: Pick<Scanner, 'database'>;
  /** The time of day. */
  readonly clock: Clock;
}

/** Requests the scans and tag lookups that are due, and completes the user's request once all of them were made. */
export const requestScans = ({ engine, scanner, clock }: RequestOptions, reconciliation: Reconciliation): void => {
  const { scan, session, inventory, plan, request } = reconciliation;
  const { planned } = plan;
  const earlier = earlierFailures(engine, reconciliation);
  const database = scanner.database();
  const occasion = {
    now: clock.now(),
    ...(planned !== undefined && { planned }),
    ...(request !== undefined && { request }),
    ...(database !== undefined && { database: databaseKey(database) }),
  };
  // An ID stays the same image: once it is found, its tag need not be looked up again.
  const isNeeded = (target: TagTarget): boolean =>
    target.runs === undefined || engine.digestOf(target).digest === undefined;
  const due = [
    ...inventory.images.map(({ id, pods }) => {
      const retry = earlier.has(imageKey(id)) ? ({ priority: 'Scheduled' } as const) : undefined;
      const target = imageTarget(id);
      return { target, why: dueFor(engine.lastScan(target), { ...occasion, runs: pods > 0 }) ?? retry };
    }),
    ...targetsOf(reconciliation)
      .filter(isNeeded)
      .map((target) => ({
        target,
        why: dueFor(engine.lastScan(target), { ...occasion, runs: false }),
      })),
  ];
  // The first ones start at once: the most urgent must be among them.
  for (const priority of PRIORITIES) {
    for (const { target, why } of due) {
      if (why?.priority === priority) engine.enqueue(target, { ...why, by: scan.metadata.namespace });
    }
  }
  if (request === undefined) return;
  if (due.every(({ target }) => (engine.lastScan(target).triedAt ?? 0) >= request.at)) session.rescan.complete();
};

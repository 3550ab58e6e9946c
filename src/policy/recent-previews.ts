import { isDeepStrictEqual } from 'node:util';
import type { ContainerSecurityPolicy, PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { Store } from '../kube/cache/store.ts';
import type { Clock } from '../kube/clock.ts';

/** An enforced policy is reconciled for every pod that comes, and a preview sends a dry run for each object. */
const MIN_AGE_MS = 20_000;

type PreviewStatus = NonNullable<PolicyStatus['preview']>;

interface Entry {
  readonly spec: PolicySpec;
  readonly status: PreviewStatus;
  readonly at: number;
}

/** The last preview of the proposal of each policy: tenants who create pods must not make the operator send dry runs all the time. */
export class RecentPreviews {
  readonly #clock: Clock;
  readonly #byUid = new Map<string, Entry>();

  constructor(clock: Clock, policies: Pick<Store<ContainerSecurityPolicy>, 'subscribe'>) {
    this.#clock = clock;
    policies.subscribe(({ type, object }) => {
      if (type === 'Deleted' || object.spec.proposed === undefined) this.#byUid.delete(object.metadata.uid);
    });
  }

  /** The preview of the same spec, if it is recent, and the time after which a new one is due. */
  get({ metadata, spec }: ContainerSecurityPolicy): { status: PreviewStatus; dueMs: number } | undefined {
    const entry = this.#byUid.get(metadata.uid);
    if (entry === undefined || !isDeepStrictEqual(entry.spec, spec)) return undefined;
    const dueMs = entry.at + MIN_AGE_MS - this.#clock.now();
    return dueMs > 0 ? { status: entry.status, dueMs } : undefined;
  }

  set({ metadata, spec }: ContainerSecurityPolicy, status: PreviewStatus): void {
    this.#byUid.set(metadata.uid, { spec, status, at: this.#clock.now() });
  }
}

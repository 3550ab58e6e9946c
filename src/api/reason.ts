/** One reason that a condition can have, as docs/reference shows it. */
export interface ReasonInfo {
  /** Ready: nothing to do, or a result to read. Reconciling: the operator continues without help. Stalled: a user must act. */
  readonly state: 'Ready' | 'Reconciling' | 'Stalled';
  readonly meaning: string;
  /** Absent: none needed. */
  readonly cure?: string;
}

/** A condition and the reasons that it can have, as docs/reference shows them. */
export interface ConditionInfo<Reason extends string = string> {
  readonly meaning: string;
  readonly reasons: readonly Reason[];
}

/** One reason that an Event can have, as docs/reference shows it. */
export interface EventInfo {
  readonly type: 'Normal' | 'Warning';
  readonly meaning: string;
  /** Absent: none needed. */
  readonly cure?: string;
}

export const ready = (meaning: string, cure?: string): ReasonInfo => ({
  state: 'Ready',
  meaning,
  ...(cure !== undefined && { cure }),
});

export const reconciling = (meaning: string, cure?: string): ReasonInfo => ({
  ...ready(meaning, cure),
  state: 'Reconciling',
});

export const stalled = (meaning: string, cure: string): ReasonInfo => ({ state: 'Stalled', meaning, cure });

export const normal = (meaning: string): EventInfo => ({ type: 'Normal', meaning });

export const warning = (meaning: string, cure: string): EventInfo => ({ type: 'Warning', meaning, cure });

/** One reason that a condition can have, as docs/reference shows it. */
export interface ReasonInfo {
  /** Ready: nothing to do, or a result to read. Reconciling: the operator continues without help. Stalled: a user must act. */
  readonly state: 'Ready' | 'Reconciling' | 'Stalled';
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

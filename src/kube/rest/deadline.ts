/** A bound on one request: `signal` ends after `ms`, or together with the caller's own signal. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True when the time ran out, false when the caller gave up. */
  expired(): boolean;
  /** Removes the timer and the listener. */
  done(): void;
}

/** @param ms milliseconds */
export function startDeadline(ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  const giveUp = () => controller.abort(parent?.reason);
  if (parent?.aborted) giveUp();
  parent?.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    done: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', giveUp);
    },
  };
}

import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { type Clock, monotonicClock, sleep, systemClock } from '../clock.ts';
import { EVENTS } from '../kinds.ts';
import { Pace, type PaceOptions } from '../pace.ts';
import type { KubeClient } from '../rest/client.ts';
import { classify, type ErrorClass } from '../rest/errors.ts';
import { backoffMs } from '../workqueue/backoff.ts';
import {
  eventName,
  microTime,
  type Occurrence,
  objectKeyOf,
  type RenderedEvent,
  type Reporter,
  renderEvent,
  seriesKey,
  topicKey,
} from './event.ts';

export interface EventRecorderOptions extends Reporter {
  client: KubeClient;
  log: Logger;
  /** The time of day, which events show. Default systemClock. */
  clock?: Clock;
  /** For waits and windows; must not be set back. Default monotonicClock. */
  monotonic?: Clock;
  /** A repetition of the same note within this time counts up the first event, milliseconds. Default 6 minutes, as in client-go. */
  windowMs?: number;
  /** Repetitions are sent together, at most this often, milliseconds. Default 10000. */
  coalesceMs?: number;
  /** Maximum number of remembered series; beyond it the oldest is dropped. Default 1000. */
  capacity?: number;
  /** Lower-case letters and digits, different each time. */
  unique?: () => string;
  random?: () => number;
}

interface Series {
  event: RenderedEvent;
  topic: string;
  /** Time of day of the last one. */
  observedAt: number;
  /** The same by the monotonic clock. */
  lastAt: number;
  count: number;
  /** How many of `count` the API server has recorded. */
  sent: number;
  created: boolean;
  /** Not sent before, by the monotonic clock. */
  dueAt: number;
}

/** Retried; any other failure drops the event. */
const TRANSIENT: ReadonlySet<ErrorClass> = new Set([
  'Network',
  'Unavailable',
  'TooManyRequests',
  'Unauthorized',
  'AdmissionFailed',
]);
const RETRY = { baseMs: 1000, maxMs: 30_000 };

/** Of an object, events that differ from recent ones only in their notes: as client-go's spam filter. */
const OTHER_NOTES: PaceOptions = { burst: 25, perSecond: 1 / 300 };

/**
 * Writes events (events.k8s.io/v1) in the background. The same thing happening again within the window becomes a count in
 * the first event's series, so that a storm costs few requests; with another note, it is another event, up to a bound for
 * each object. An event that cannot be written, or exceeds the bound, is dropped, and counted.
 */
export class EventRecorder {
  readonly #series = new Map<string, Series>();
  /** How many series there are of each topic. */
  readonly #topics = new Map<string, number>();
  readonly #otherNotes: Pace;
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #monotonic: Clock;
  readonly #windowMs: number;
  readonly #coalesceMs: number;
  readonly #capacity: number;
  readonly #unique: () => string;
  readonly #random: () => number;
  #failures = 0;
  #dropped = 0;
  #wake: () => void = () => undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#monotonic = options.monotonic ?? monotonicClock;
    this.#otherNotes = new Pace(OTHER_NOTES, this.#monotonic);
    this.#windowMs = options.windowMs ?? 6 * 60_000;
    this.#coalesceMs = options.coalesceMs ?? 10_000;
    this.#capacity = options.capacity ?? 1000;
    this.#random = options.random ?? Math.random;
    this.#unique = options.unique ?? (() => randomBytes(8).toString('hex'));
  }

  /** Events that were never written: beyond a bound, or refused by the API server. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Queues the event and returns at once; never throws. */
  record(occurrence: Occurrence): void {
    try {
      this.#enqueue(occurrence);
    } catch (err) {
      this.#options.log.error({ err, reason: occurrence?.reason }, 'cannot record an Event');
    }
  }

  #enqueue(occurrence: Occurrence): void {
    const key = seriesKey(occurrence);
    const now = this.#monotonic.now();
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt <= this.#windowMs) {
      this.#repeat(known, now);
      return;
    }
    if (known !== undefined) this.#forget(key, known);
    const topic = topicKey(occurrence);
    if (this.#topics.has(topic) && this.#otherNotes.take(objectKeyOf(occurrence)) > 0) {
      this.#dropped += 1;
      return;
    }
    const observedAt = this.#clock.now();
    const event = renderEvent(occurrence, this.#options, observedAt, this.#unique());
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1);
    this.#series.set(key, { event, topic, observedAt, lastAt: now, count: 1, sent: 0, created: false, dueAt: now });
    if (this.#series.size > this.#capacity) this.#evictOldest();
    this.#wake();
  }

  #repeat(series: Series, now: number): void {
    const news = series.sent === series.count;
    series.count += 1;
    series.lastAt = now;
    series.observedAt = this.#clock.now();
    if (!news) return;
    series.dueAt = now + this.#coalesceMs;
    this.#wake();
  }

  #evictOldest(): void {
    const entries = [...this.#series];
    const [key, oldest] = entries.find(([, s]) => s.sent === s.count) ?? entries[0]!;
    this.#forget(key, oldest);
  }

  #forget(key: string, series: Series): void {
    this.#series.delete(key);
    const left = (this.#topics.get(series.topic) ?? 0) - 1;
    if (left > 0) this.#topics.set(series.topic, left);
    else this.#topics.delete(series.topic);
    if (series.sent < series.count) this.#dropped += 1;
  }

  /** Writes until the signal ends, then tries the remaining events once, within 2 seconds. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#send(this.#monotonic.now(), signal);
      if (!signal.aborted) await this.#untilDue(signal);
    }
    const bound = new AbortController();
    const cancel = this.#monotonic.after(2000, () => bound.abort());
    await this.#send(Number.POSITIVE_INFINITY, bound.signal);
    cancel();
  }

  /** Writes everything now, each event at most once; what fails stays for later. */
  flush(signal: AbortSignal = new AbortController().signal): Promise<void> {
    return this.#send(Number.POSITIVE_INFINITY, signal);
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    const due = [...this.#series.values()].filter((s) => s.sent < s.count).map((s) => s.dueAt);
    const next = due.length === 0 ? this.#windowMs : Math.min(...due) - this.#monotonic.now();
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    const pause = this.#failures > 0 ? backoffMs(this.#failures, RETRY, this.#random) : 0;
    // After a failure a new event must not cut the pause short.
    if (pause > 0) await sleep(this.#monotonic, pause, signal);
    else await sleep(this.#monotonic, next, woken.signal);
    signal.removeEventListener('abort', wake);
  }

  /** One at a time, so that a storm never takes the connections that reconciling needs. */
  #send(until: number, signal: AbortSignal): Promise<void> {
    const after = this.#sending.then(() => this.#sendDue(until, signal));
    this.#sending = after.catch(() => undefined);
    return after;
  }

  async #sendDue(until: number, signal: AbortSignal): Promise<void> {
    for (const [key, series] of [...this.#series]) {
      if (signal.aborted) return;
      if (series.sent < series.count && series.dueAt <= until) {
        if (!(await this.#write(key, series, signal))) return;
      } else if (this.#monotonic.now() - series.lastAt > this.#windowMs) this.#forget(key, series);
    }
  }

  /** @returns false when the API server cannot be reached, so that the others are not tried */
  async #write(key: string, series: Series, signal: AbortSignal): Promise<boolean> {
    try {
      await (series.created ? this.#update(series, signal) : this.#create(series, signal));
      this.#failures = 0;
      return true;
    } catch (error) {
      return this.#failed(key, series, error, signal);
    }
  }

  async #create(series: Series, signal: AbortSignal): Promise<void> {
    const { event } = series;
    const { namespace } = event.metadata;
    await this.#options.client.create(EVENTS, event, { namespace, signal, fieldManager: this.#options.component });
    series.created = true;
    series.sent = 1;
    series.dueAt = this.#monotonic.now() + this.#coalesceMs;
  }

  async #update(series: Series, signal: AbortSignal): Promise<void> {
    const { event, observedAt, count } = series;
    const { namespace, name } = event.metadata;
    const patch = { series: { count, lastObservedTime: microTime(observedAt) } };
    const options = { namespace, type: 'merge', signal, fieldManager: this.#options.component } as const;
    await this.#options.client.patch(EVENTS, name, patch, options);
    series.sent = count;
  }

  #failed(key: string, series: Series, err: unknown, signal: AbortSignal): boolean {
    if (signal.aborted) return false;
    const failure = classify(err);
    const { log } = this.#options;
    if (failure === 'AlreadyExists' || (failure === 'NotFound' && series.created)) {
      this.#restartSeries(series);
      return true;
    }
    if (!TRANSIENT.has(failure)) {
      this.#forget(key, series);
      const quiet = failure === 'NamespaceTerminating' || failure === 'NotFound';
      log[quiet ? 'debug' : 'warn']({ err, reason: series.event.reason }, 'dropped an Event');
      return true;
    }
    this.#failures += 1;
    log[this.#failures === 1 ? 'warn' : 'debug']({ err }, 'cannot write Events, will retry');
    return false;
  }

  /** The name was taken, or the API server has deleted the event, which it does after an hour. */
  #restartSeries(series: Series): void {
    const { event, observedAt } = series;
    const name = eventName(event.regarding.name, this.#unique());
    const eventTime = series.created ? microTime(observedAt) : event.eventTime;
    series.event = { ...event, eventTime, metadata: { ...event.metadata, name } };
    Object.assign(series, { count: 1, sent: 0, created: false, dueAt: this.#monotonic.now() });
  }
}

import { printableBytes } from '../../text/printable.ts';
import type { KubeObject } from '../object.ts';

/** One occurrence. `action` is what the reporter did or tried, `reason` its cause, both CamelCase; `note` is for people. */
export interface Occurrence<Reason extends string = string> {
  regarding: KubeObject;
  related?: KubeObject | undefined;
  type: 'Normal' | 'Warning';
  reason: Reason;
  action: string;
  note: string;
  /** Distinguishes occurrences of one reason about different things, so that each has its own series. */
  topic?: string;
}

/** Takes Events with these reasons only. */
export interface Recorder<Reason extends string> {
  record(occurrence: Occurrence<Reason>): void;
}

/** The reporter: `component` is a qualified name, `instance` usually the pod's name. */
export interface Reporter {
  component: string;
  instance: string;
}

const reference = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

/** The API server requires an event of a cluster-scoped object to be in `default`. */
const eventNamespace = (o: KubeObject): string => o.metadata.namespace ?? 'default';

const MAX_NOTE = 1024;

const shownNote = (note: string): string => printableBytes(note, MAX_NOTE);

const identity = ({ apiVersion, kind, metadata: { namespace, name, uid } }: KubeObject): (string | undefined)[] => [
  apiVersion,
  kind,
  namespace,
  name,
  uid,
];

/** What an object has Events about: occurrences with the same key differ in their notes only. */
export function topicKey({ regarding, related, type, reason, action, topic }: Occurrence): string {
  return JSON.stringify([identity(regarding), related && identity(related), type, reason, action, topic]);
}

/** Occurrences with the same key are one series: another note would be lost in it. */
export function seriesKey(occurrence: Occurrence): string {
  return JSON.stringify([topicKey(occurrence), shownNote(occurrence.note)]);
}

/** The object of an occurrence. */
export const objectKeyOf = ({ regarding }: Occurrence): string => JSON.stringify(identity(regarding));

/** RFC 3339 with microseconds, which eventTime and lastObservedTime ask for. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** A DNS subdomain of at most 253 characters, while some kinds of object have names such as system:node. */
export function eventName(regarding: string, unique: string): string {
  const cut = regarding.toLowerCase().slice(0, 252 - unique.length);
  const labels = cut.split('.').map((label) => label.replace(/[^a-z0-9]/g, '-').replace(/^-+|-+$/g, ''));
  return [...labels.filter(Boolean), unique].join('.');
}

/** The object for the API server; `unique` (lower-case letters and digits) makes the name. @param now milliseconds */
export function renderEvent(occurrence: Occurrence, reporter: Reporter, now: number, unique: string) {
  const { regarding, related, type, reason, action, note } = occurrence;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: eventName(regarding.metadata.name, unique), namespace: eventNamespace(regarding) },
    eventTime: microTime(now),
    reportingController: reporter.component,
    reportingInstance: printableBytes(reporter.instance, 128),
    type,
    reason: printableBytes(reason, 128),
    action: printableBytes(action, 128),
    note: shownNote(note),
    regarding: reference(regarding),
    ...(related && { related: reference(related) }),
  };
}

export type RenderedEvent = ReturnType<typeof renderEvent>;

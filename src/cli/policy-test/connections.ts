import { isLabelKey, isLabelValue } from '../../api/child-labels.ts';
import { nearest } from '../../reach/findings/nearest.ts';
import type { Reach } from '../../reach/reach.ts';
import { unreadOf } from '../can/can.ts';
import { type Decision, decide } from '../can/connections.ts';
import { type Answer, answerText, overallOf } from '../can/explain.ts';
import { parseDestination, parseReference, type Reference } from '../can/reference.ts';
import { type Party, resolve, UnreadError } from '../can/resolve.ts';
import { InputError, UsageError } from '../errors.ts';
import type { LoadedWorld } from '../world/build-world.ts';
import { FieldError, type Judgment, judge } from './result.ts';
import type { ConnectionExpectation } from './schema.ts';

export const connectionName = ({ from, to, fromLabels, toLabels, allowed }: ConnectionExpectation): string => {
  const labeled = (end: string, labels: ConnectionExpectation['fromLabels']): string => {
    if (labels === undefined) return end;
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return `${end} (${pairs.join(',') || 'no labels'})`;
  };
  return `${labeled(from, fromLabels)} ${allowed ? 'can' : 'cannot'} connect to ${labeled(to, toLabels)}`;
};

type LabelField = 'fromLabels' | 'toLabels';

/** @throws FieldError at the field for what is wrong in it */
const inField = <T>(field: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadError) throw error;
    if (error instanceof InputError || error instanceof UsageError) throw new FieldError(field, error.message);
    throw error;
  }
};

const checkLabels = (expectation: ConnectionExpectation, field: LabelField, reference: Reference): void => {
  const labels = expectation[field];
  if (labels === undefined) return;
  if (reference.type !== 'Object' || reference.kind !== 'Namespace')
    throw new FieldError(
      field,
      `${field} describes a pod of a namespace: write ns/NAMESPACE as the end, or omit ${field}`,
    );
  for (const [key, value] of Object.entries(labels))
    if (!isLabelKey(key) || !isLabelValue(value)) throw new FieldError(field, `"${key}: ${value}" is no label`);
};

/** A pod in a namespace that is not there may connect to nothing: of a misspelled one, that is no answer. */
const checkSpelling = (field: string, reference: Reference, { world }: LoadedWorld): void => {
  if (reference.type !== 'Object' || reference.kind !== 'Namespace') return;
  const names = world.namespaces.map(({ name }) => name);
  const near = names.includes(reference.name) ? undefined : nearest(reference.name, names);
  if (near !== undefined) throw new FieldError(field, `namespace ${reference.name} is unknown: did you mean ${near}?`);
};

const isFinished = ({ groups }: Decision): boolean =>
  groups.length > 0 &&
  groups.every(({ verdict: { egress, ingress } }) => [egress.state, ingress.state].includes('Finished'));

/** An expectation that no connection can meet or fail is not met. */
const selectsNothing = ({ to: { service }, decision }: Answer): boolean =>
  isFinished(decision) || (decision.connections === 0 && service?.externalName === undefined);

const ANSWERS = { Yes: true, No: false, Unknown: undefined } as const;

/** @throws FieldError for an end that names nothing */
export const judgeConnection = (
  expectation: ConnectionExpectation,
  namespace: string,
  loaded: LoadedWorld,
  reach: Reach,
): Judgment => {
  const party = (field: 'from' | 'to', reference: Reference): Party => {
    const labelsField: LabelField = `${field}Labels`;
    checkLabels(expectation, labelsField, reference);
    checkSpelling(field, reference, loaded);
    const labels = expectation[labelsField];
    return inField(field, () => resolve(reference, { loaded, namespace, labelsField, ...(labels && { labels }) }));
  };
  try {
    const source = inField('from', () => parseReference(expectation.from));
    const { reference, ...wanted } = inField('to', () => parseDestination(expectation.to));
    const [from, to] = [party('from', source), party('to', reference)];
    const decision = inField('from', () => decide(reach, from, to, wanted));
    const answer: Answer = { from, to, wanted, decision, reach, ...unreadOf(loaded, [from, to]) };
    const reasons = answerText(answer).trimEnd().split('\n');
    const overall = overallOf(answer);
    if (selectsNothing(answer))
      return { outcome: 'not ok', reasons: ['the expectation selects no connection', ...reasons] };
    if (overall === 'Partly') return { outcome: 'not ok', reasons };
    return judge(expectation.allowed, ANSWERS[overall], reasons);
  } catch (error) {
    if (!(error instanceof UnreadError)) throw error;
    return { outcome: 'unknown', reasons: error.problems };
  }
};

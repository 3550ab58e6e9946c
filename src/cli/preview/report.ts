import { CONTAINER_SECURITY_POLICY } from '../../api/group.ts';
import { Findings } from '../../reach/findings/find.ts';
import type { FindingReason } from '../../reach/findings/reasons.ts';
import { Reach } from '../../reach/reach.ts';
import { wouldLose } from '../../reach/would-lose.ts';
import { listed } from '../../text/listed.ts';
import { plural } from '../../text/plural.ts';
import { rfc3339 } from '../../text/rfc3339.ts';
import { SKIPPED, type SkipReason } from '../flows/observed.ts';
import { describeUnreadable, type Flows } from '../flows/read-flows.ts';
import { type Effect, Judge } from './judge.ts';
import { nameRow, type Row, rowsOf } from './rows.ts';
import type { PreviewWorlds } from './worlds.ts';

/** A part of the output. Details belong to their item. */
export interface ReportSection {
  readonly title: string;
  readonly items: readonly { readonly text: string; readonly details?: readonly string[] }[];
}

export interface Report {
  readonly summary: string;
  readonly sections: readonly ReportSection[];
  /** For programs. */
  readonly json: object;
  /** Whether something would be cut, or is unknown. */
  readonly isGrave: boolean;
}

const present = (sections: readonly ReportSection[]): ReportSection[] =>
  sections.filter(({ items }) => items.length > 0);

interface PolicyWarning {
  readonly policy: string;
  readonly reason: FindingReason;
  readonly rule?: string;
  readonly message: string;
}

const warningsOf = ({ policies }: PreviewWorlds, after: Reach): PolicyWarning[] => {
  const findings = new Findings(after);
  return policies.flatMap(({ namespace, name, network }) =>
    network === undefined
      ? []
      : findings.of({ namespace, name, network }).map((one) => ({ policy: `${namespace}/${name}`, ...one })),
  );
};

/** What status.preview says of connections, for the policies together. @param unknowns why it may be wrong */
export const reportStatus = (worlds: PreviewWorlds, unknowns: readonly string[]): Report => {
  const [before, after] = [new Reach(worlds.before), new Reach(worlds.after.world)];
  const namespaces = [...new Set(worlds.policies.map(({ namespace }) => namespace))].sort();
  const lost = [...new Set(namespaces.flatMap((namespace) => wouldLose(before, after, namespace)))];
  const warnings = warningsOf(worlds, after);
  const summary = lost.length > 0 ? 'Connections would be lost.' : 'No connection between workloads would be lost.';
  return {
    summary: unknowns.length > 0 && lost.length === 0 ? 'It is unknown whether connections would be lost.' : summary,
    sections: present([
      { title: 'Would be lost', items: lost.map((text) => ({ text })) },
      { title: 'Unknown', items: unknowns.map((text) => ({ text })) },
      {
        title: 'Warnings',
        items: warnings.map(({ policy, rule, message }) => ({
          text: `${[`${CONTAINER_SECURITY_POLICY.kind} ${policy}`, ...(rule === undefined ? [] : [rule])].join(': ')}: ${message}`,
        })),
      },
    ]),
    json: { wouldLose: lost, unknowns, warnings },
    isGrave: lost.length > 0 || unknowns.length > 0,
  };
};

const seen = ({ flows, lastSeen }: Row): string =>
  [plural(flows, 'flow'), ...(lastSeen === undefined ? [] : [`last seen ${rfc3339(lastSeen)}`])].join(', ');

const rowSection = (title: string, rows: readonly Row[]): ReportSection => ({
  title,
  items: rows.map((row) => ({ text: `${nameRow(row)} (${seen(row)})`, details: row.reasons })),
});

const summaryOf = (total: number, counts: Readonly<Record<Effect, number>>): string => {
  const parts = [
    `${counts.Cut === 0 ? 'none' : counts.Cut} would be cut`,
    ...(counts.Unknown > 0 ? [`${counts.Unknown} ${counts.Unknown === 1 ? 'is' : 'are'} unknown`] : []),
    ...(counts.AlreadyCut > 0 ? [`policies in force deny ${counts.AlreadyCut} already`] : []),
  ];
  return `Of ${plural(total, 'connection')} that worked, ${listed(parts)}.`;
};

/** What of the logs is no connection that worked. */
const leftOut = ({ skipped, connections }: Flows): string[] => {
  const failed = connections.filter(({ works }) => !works).length;
  return [
    ...(failed > 0 ? [`${plural(failed, 'connection')} that was denied or dropped when the flows were recorded`] : []),
    ...(Object.keys(SKIPPED) as SkipReason[]).flatMap((reason) => {
      const count = skipped.get(reason);
      return count === undefined ? [] : [`${plural(count, 'record')}: ${SKIPPED[reason]}`];
    }),
  ];
};

const unread = ({ unreadable: { count, first }, overflow }: Flows): string[] => [
  ...first.map(describeUnreadable),
  ...(count > first.length ? [`${plural(count - first.length, 'more line')}`] : []),
  ...(overflow > 0
    ? [`${plural(overflow, 'flow')} of further connections, which are too many: limit the log to a namespace`]
    : []),
];

/** What the policies would do to the connections of flow logs. @param unknowns why it may be wrong */
export const reportFlows = (worlds: PreviewWorlds, flows: Flows, unknowns: readonly string[]): Report => {
  const judge = new Judge(worlds);
  const working = flows.connections.filter(({ works }) => works);
  const rows = rowsOf(
    working.values().map((one) => judge.of(one)),
    judge.after,
  );
  const byEffect = Map.groupBy(rows, ({ effect }) => effect);
  const of = (effect: Effect): Row[] => byEffect.get(effect) ?? [];
  const [cut, unknown, alreadyCut] = [of('Cut'), of('Unknown'), of('AlreadyCut')];
  const counts = { Cut: cut.length, Unknown: unknown.length, AlreadyCut: alreadyCut.length, Kept: of('Kept').length };
  const unreadLines = unread(flows);
  const rowJson = ({ effect: _, lastSeen, ...row }: Row) => ({
    ...row,
    ...(lastSeen !== undefined && { lastSeen: rfc3339(lastSeen) }),
  });
  return {
    summary: summaryOf(rows.length, counts),
    sections: present([
      rowSection('Would be cut', cut),
      rowSection('Unknown', unknown),
      { title: 'Unknown, because it could not be read', items: unreadLines.map((text) => ({ text })) },
      { title: 'Not certain', items: unknowns.map((text) => ({ text })) },
      rowSection('Denied by policies in force already', alreadyCut),
      { title: 'Left out', items: leftOut(flows).map((text) => ({ text })) },
    ]),
    json: {
      connections: {
        total: rows.length,
        cut: counts.Cut,
        unknown: counts.Unknown,
        alreadyCut: counts.AlreadyCut,
        kept: counts.Kept,
      },
      ...{ cut: cut.map(rowJson), unknown: unknown.map(rowJson), alreadyCut: alreadyCut.map(rowJson), unknowns },
      ...{ unreadable: flows.unreadable, overflow: flows.overflow, leftOut: leftOut(flows) },
    },
    isGrave: [cut, unknown, unreadLines, unknowns].some(({ length }) => length > 0),
  };
};

import { Matrix, type Slot } from '../../reach/matrix.ts';
import { workloadName } from '../../reach/naming.ts';
import type { Reach } from '../../reach/reach.ts';
import type { Answer } from '../../reach/verdict.ts';
import { isLive, type ReachPod } from '../../reach/world.ts';

/** `Deployment shop/web`, or a pod that belongs to none: with a pod for each kind of its pods. */
interface Group {
  readonly name: string;
  readonly namespace: string;
  readonly pods: readonly ReachPod[];
}

/** A port that a workload declares. */
export interface Column {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
}

/** Some: of some pods. */
export type Cell = Answer | 'Some';

export interface Table {
  /** Sources. */
  readonly rows: readonly string[];
  readonly columns: readonly Column[];
  /** By row and column. */
  readonly cells: readonly (readonly Cell[])[];
}

/** Pods that no policy can tell apart count once; of two, since a pod and itself are another case. */
const MOST_ALIKE = 2;

const groupsOf = (reach: Reach): Group[] => {
  return [...Map.groupBy(reach.world.pods.filter(isLive), workloadName)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, pods]) => {
      const kinds = Map.groupBy(pods, (pod) => `${reach.classOf(pod).index} ${pod.hostNetwork ? pod.node : ''}`);
      return {
        name,
        namespace: pods[0]!.namespace,
        pods: [...kinds.values()].flatMap((of) => of.slice(0, MOST_ALIKE)),
      };
    });
};

const slotKey = ({ traffic: { port, protocol } }: Slot): string => `${port}/${protocol}`;

interface Destination extends Column {
  readonly of: Group;
  readonly key: string;
}

const destinationsOf = (matrix: Matrix, groups: readonly Group[]): Destination[] =>
  groups.flatMap((of) => {
    const slots = new Map(of.pods.flatMap((pod) => matrix.slotsOf(pod)).map((slot) => [slotKey(slot), slot.traffic]));
    return [...slots]
      .sort(([, a], [, b]) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1))
      .map(([key, { port, protocol }]) => ({ name: of.name, port, protocol, of, key }));
  });

const cellOf = (matrix: Matrix, from: Group, { of, key }: Destination): Cell => {
  if (from === of && from.pods[0]?.workload === undefined) return 'Yes';
  const pairs = from.pods.flatMap((source) => of.pods.map((to) => ({ source, to })));
  const others = pairs.filter(({ source, to }) => source !== to || source.state === 'Planned');
  const answers = (others.length > 0 ? others : pairs).flatMap(({ source, to }) => {
    const slot = matrix.slotsOf(to).find((one) => slotKey(one) === key);
    // Of a workload with one pod, another pod like it counts.
    return slot === undefined ? [] : [matrix.answer(source === to ? { ...source } : source, to, slot)];
  });
  const [first = 'Unknown'] = answers;
  if (answers.every((one) => one === first)) return first;
  return answers.includes('Yes') ? 'Some' : 'Unknown';
};

/**
 * Which workloads reach which declared ports.
 * @param namespace of the destinations; absent: all
 */
export const tableOf = (reach: Reach, namespace?: string): Table => {
  const matrix = new Matrix(reach);
  const groups = groupsOf(reach);
  const columns = destinationsOf(
    matrix,
    groups.filter((group) => namespace === undefined || group.namespace === namespace),
  );
  return {
    rows: groups.map(({ name }) => name),
    columns: columns.map(({ name, port, protocol }) => ({ name, port, protocol })),
    cells: groups.map((from) => columns.map((column) => cellOf(matrix, from, column))),
  };
};

const SYMBOLS: Readonly<Record<Cell, string>> = { Yes: 'yes', No: '-', Some: 'some', Unknown: '?' };
const CELL = 5;
const MOST_COLUMNS = 60;
const MOST_ROWS = 200;

/** Cells are as wide as their words; a terminal that is too narrow gets several blocks. */
const blocks = (count: number, width: number, label: number): [from: number, to: number][] => {
  const most = Math.max(1, Math.min(20, Math.floor((width - label) / CELL)));
  return Array.from({ length: Math.ceil(count / most) }, (_, n) => [n * most, Math.min(count, (n + 1) * most)]);
};

const columnName = ({ name, port, protocol }: Column): string => `${name} ${port}/${protocol}`;

/** The table with numbered columns, whose names follow. */
export const tableText = ({ rows, columns, cells }: Table, width: number): string => {
  if (columns.length === 0) return 'no pod declares a port\n';
  const [shownRows, shownColumns] = [rows.slice(0, MOST_ROWS), columns.slice(0, MOST_COLUMNS)];
  const label = Math.max(...shownRows.map(({ length }) => length), 'FROM \\ TO'.length) + 2;
  const lines = blocks(shownColumns.length, width, label).flatMap(([from, to]) => [
    ...shownColumns.slice(from, to).map((column, n) => `${String(from + n + 1).padStart(3)}  ${columnName(column)}`),
    '',
    `${'FROM \\ TO'.padEnd(label)}${shownColumns
      .slice(from, to)
      .map((_, n) => String(from + n + 1).padStart(CELL))
      .join('')}`,
    ...shownRows.map(
      (row, r) =>
        `${row.padEnd(label)}${cells[r]!.slice(from, to)
          .map((cell) => SYMBOLS[cell].padStart(CELL))
          .join('')}`,
    ),
    '',
  ]);
  const left = [
    ...(rows.length > shownRows.length
      ? [`${rows.length - shownRows.length} of ${rows.length} sources are left out`]
      : []),
    ...(columns.length > shownColumns.length
      ? [`${columns.length - shownColumns.length} of ${columns.length} destinations are left out`]
      : []),
  ];
  const more = left.length === 0 ? [] : [`${left.join(', and ')}: name a namespace with -n, or use -o json`];
  return `${[...lines, 'yes: allowed   -: denied   some: for some of the pods   ?: unknown', ...more].join('\n')}\n`;
};

/** One entry for each cell. */
export const tableJson = ({ rows, columns, cells }: Table, notes: readonly string[]): string => {
  const connections = rows.flatMap((from, r) =>
    columns.map(({ name: to, port, protocol }, c) => ({
      from,
      to,
      port,
      protocol,
      answer: cells[r]![c]!.toLowerCase(),
    })),
  );
  return `${JSON.stringify({ connections, notes }, null, 2)}\n`;
};

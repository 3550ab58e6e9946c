/** Answer of the API server to `Accept: application/json;as=Table`. */
export interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: {
    cells: unknown[];
    object: { metadata: { name: string; namespace?: string; labels?: Record<string, string> } };
  }[];
}

export interface TableOptions {
  /** Starts each row with the namespace, as -A does. */
  namespaces?: boolean;
  /** Ends each row with the values of these labels, as -L does. */
  labels?: readonly string[];
  /** Precedes each name, as in kubectl get of several kinds. */
  prefix?: string;
}

const PADDING = 3;

/** Columns as kubectl aligns them, without padding after the last. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + PADDING) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('');
  return rows.map(line).join('\n');
}

const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1).toUpperCase();

/** The table as kubectl prints it, without the columns that only -o wide shows. */
export function formatTable(table: Table, { namespaces = false, labels = [], prefix = '' }: TableOptions = {}): string {
  const shown = table.columnDefinitions.flatMap(({ priority }, column) => (priority === 0 ? [column] : []));
  const header = [
    ...(namespaces ? ['NAMESPACE'] : []),
    ...shown.map((column) => table.columnDefinitions[column]?.name.toUpperCase() ?? ''),
    ...labels.map(lastSegment),
  ];
  const rows = table.rows.map(({ cells, object: { metadata } }) => [
    ...(namespaces ? [metadata.namespace ?? ''] : []),
    ...shown.map((column) => (column === 0 ? prefix : '') + String(cells[column] ?? '')),
    ...labels.map((label) => metadata.labels?.[label] ?? ''),
  ]);
  return formatColumns([header, ...rows]);
}

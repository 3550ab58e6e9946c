/** Pages of docs/reference from the tables in the code. */
import type { EventInfo } from '../../src/api/reason.ts';
import { defaultText, type Setting } from '../../src/cli/settings/setting.ts';
import { code, list, page, prose, table } from './markdown.ts';
import type { LabelValues, ServedMetric } from './served-metrics.ts';

/** @param variables meanings of further environment variables, by name */
export const flagsPage = (settings: readonly Setting[], variables: Readonly<Record<string, string>>): string =>
  page('Flags of the operator', '[src/cli/settings](../../src/cli/settings)', [
    'Each flag has an environment variable, below it in the table. A flag overrides its variable, and the variable overrides the default.',
    table(
      ['flag and variable', 'default', 'meaning'],
      settings.map((setting) => [
        `${code(`--${setting.flag}`)}<br>${code(setting.variable)}`,
        prose(defaultText(setting)),
        prose(setting.description),
      ]),
    ),
    '## Other environment variables',
    table(
      ['variable', 'meaning'],
      Object.entries(variables).map(([name, meaning]) => [code(name), prose(meaning)]),
    ),
  ]);

/** @param values of labels, by metric: those that are known before anything happens */
export const metricsPage = (metrics: readonly ServedMetric[], values: LabelValues): string => {
  const byName = [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1));
  const known = byName.flatMap(({ name, labelNames }) =>
    labelNames.flatMap((label) => {
      const its = values.get(name)?.get(label) ?? [];
      return its.length < 2 ? [] : [{ name, label, values: its.map(code).join(', ') }];
    }),
  );
  // Metrics with the same values are one row.
  const rows = [...Map.groupBy(known, (one) => `${one.label} ${one.values}`).values()];
  return page('Metrics of the operator', 'the registrations in the code', [
    '`process_*` and `nodejs_*` describe the process.',
    table(
      ['metric', 'type', 'labels', 'meaning'],
      byName.map(({ name, type, labelNames, help }) => [
        code(name),
        type,
        labelNames.map(code).join(', '),
        prose(help),
      ]),
    ),
    '## Values of labels',
    'A label that is not listed has values from the cluster, such as a resource or an HTTP status.',
    table(
      ['label', 'values', 'metrics'],
      rows.map((same) => [
        code(same[0]?.label ?? ''),
        same[0]?.values ?? '',
        same.map(({ name }) => code(name)).join('<br>'),
      ]),
    ),
  ]);
};

type EventTable = Readonly<Record<string, EventInfo>>;

const eventTable = (events: EventTable): string =>
  table(
    ['reason', 'type', 'meaning', 'cure'],
    Object.entries(events).map(([reason, { type, meaning, cure = '' }]) => [
      code(reason),
      type,
      prose(meaning),
      prose(cure),
    ]),
  );

export const eventsPage = (policy: EventTable, scan: EventTable): string =>
  page('Events', 'the tables of reasons in the code', [
    '`kubectl get events -n NAMESPACE` shows the Events of a namespace. The note names objects, cause and cure.',
    '## On a ContainerSecurityPolicy',
    eventTable(policy),
    'A section that is not in force, for a new reason, has an Event of type Warning with [the reason of its condition](containersecuritypolicy.md#conditions). While a policy is suspended, its spec is unsupported, or its namespace is reserved, it has no Event but Withdrawn.',
    '## On an ImageScan',
    'Each fact has one Event, which later scans and restarts do not repeat.',
    eventTable(scan),
    'The note of ScanFailed starts with [the reason of the failure](imagescan.md#reasons).',
  ]);

/** @param pages file and content of each other page */
export const indexPage = (pages: readonly (readonly [file: string, content: string])[]): string =>
  page('Reference', 'the definitions in [crds](../../crds) and the tables in the code', [
    list(pages.map(([file, content]) => `[${file.replace(/\.md$/, '')}](${file}): ${content}`)),
  ]);

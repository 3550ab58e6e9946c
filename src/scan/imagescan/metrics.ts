import { Gauge, type Registry } from 'prom-client';
import { findCondition } from '../../api/conditions.ts';
import type { ImageScan, Severity } from '../../api/imagescan.ts';
import type { NamespaceSeries } from '../../telemetry/namespace-series.ts';
import { SEVERITIES } from '../findings/severity.ts';

const STATES = ['Ready', 'Reconciling', 'Stalled', 'Suspended'] as const;
const IMAGE_STATES = ['Scanned', 'Pending', 'Failed'] as const;

const stateOf = ({ spec, status }: ImageScan): (typeof STATES)[number] => {
  const condition = (type: string) => findCondition(status?.conditions, type)?.status;
  if (spec.suspend === true) return 'Suspended';
  if (condition('Stalled') === 'True') return 'Stalled';
  return condition('Ready') === 'True' ? 'Ready' : 'Reconciling';
};

/** As status.images has them: an image whose last scan failed is Failed, even with an older result. */
const imagesOf = ({ status }: ImageScan): Record<(typeof IMAGE_STATES)[number], number> => {
  const { images = 0, pending = 0, failed = 0 } = status?.summary ?? {};
  return { Scanned: images - pending - failed, Pending: pending, Failed: failed };
};

const sumOf = (scans: readonly ImageScan[], figure: (scan: ImageScan) => number): number =>
  scans.reduce((sum, scan) => sum + figure(scan), 0);

/** A figure of each of these ImageScans, by a value of the metric's label. */
interface Figures {
  readonly name: string;
  readonly help: string;
  readonly label: 'state' | 'severity';
  readonly values: readonly string[];
  figure(scans: readonly ImageScan[], value: string): number;
}

const FIGURES: readonly Figures[] = [
  {
    name: 'palisade_imagescans',
    help: 'ImageScans by state.',
    label: 'state',
    values: STATES,
    figure: (scans, state) => scans.filter((scan) => stateOf(scan) === state).length,
  },
  {
    name: 'palisade_images',
    help: 'Images of ImageScans by state. Failed: the last scan failed. An image of two ImageScans counts twice.',
    label: 'state',
    values: IMAGE_STATES,
    figure: (scans, state) => sumOf(scans, (scan) => imagesOf(scan)[state as (typeof IMAGE_STATES)[number]]),
  },
  {
    name: 'palisade_findings',
    help: 'Findings that count, over all ImageScans, by severity. An image of two ImageScans counts twice.',
    label: 'severity',
    values: SEVERITIES,
    figure: (scans, severity) =>
      sumOf(scans, ({ status }) => status?.summary?.[severity.toLowerCase() as Lowercase<Severity>] ?? 0),
  },
];

/** The metrics of ImageScans, also without a usable scanner. @param scans read at each scrape */
export const registerImageScanMetrics = (
  registry: Registry,
  scans: () => readonly ImageScan[],
  namespaces: NamespaceSeries,
): void => {
  namespaces.add(scans);
  const registers = [registry];
  for (const { name, help, label, values, figure } of FIGURES) {
    new Gauge({
      name,
      help,
      labelNames: ['namespace', label],
      registers,
      collect() {
        this.reset();
        for (const [labels, its] of namespaces.group(scans())) {
          for (const value of values) this.set({ ...labels, [label]: value }, figure(its, value));
        }
      },
    });
  }
  new Gauge({
    name: 'palisade_uncovered_images',
    help: 'Images with packages that were not looked at and that spec.acceptUnknown does not accept, over all ImageScans.',
    labelNames: ['namespace'],
    registers,
    collect() {
      this.reset();
      for (const [labels, its] of namespaces.group(scans())) {
        this.set(
          labels,
          sumOf(its, ({ status }) => status?.summary?.uncovered ?? 0),
        );
      }
    },
  });
};

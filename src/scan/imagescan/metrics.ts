import { Gauge, type Registry } from 'prom-client';
import { findCondition } from '../../api/conditions.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import { SEVERITIES } from '../findings/severity.ts';

const stateOf = ({ spec, status }: ImageScan): string => {
  const condition = (type: string) => findCondition(status?.conditions, type)?.status;
  if (spec.suspend === true) return 'Suspended';
  if (condition('Stalled') === 'True') return 'Stalled';
  return condition('Ready') === 'True' ? 'Ready' : 'Reconciling';
};

/** The metrics of ImageScans, also without a usable scanner. @param scans read at each scrape */
export const registerImageScanMetrics = (registry: Registry, scans: () => readonly ImageScan[]): void => {
  const registers = [registry];
  new Gauge({
    name: 'palisade_imagescans',
    help: 'ImageScans by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of ['Ready', 'Reconciling', 'Stalled', 'Suspended']) this.set({ state }, 0);
      for (const scan of scans()) this.inc({ state: stateOf(scan) });
    },
  });
  new Gauge({
    name: 'palisade_findings',
    help: 'Findings that count, over all ImageScans, by severity. An image of two ImageScans counts twice.',
    labelNames: ['severity'],
    registers,
    collect() {
      for (const severity of SEVERITIES) {
        const field = severity.toLowerCase() as Lowercase<typeof severity>;
        this.set(
          { severity },
          scans().reduce((sum, { status }) => sum + (status?.summary?.[field] ?? 0), 0),
        );
      }
    },
  });
  new Gauge({
    name: 'palisade_uncovered_images',
    help: 'Images with packages that were not looked at and that spec.acceptUnknown does not accept, over all ImageScans.',
    registers,
    collect() {
      this.set(scans().reduce((sum, { status }) => sum + (status?.summary?.uncovered ?? 0), 0));
    },
  });
};

import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { KnownFinding } from '../../../src/scan/findings/finding.ts';
import type { ImageId } from '../../../src/scan/image.ts';
import type { ImageReport } from '../../../src/scan/store/report.ts';
import { ReportStore, type StoreOptions } from '../../../src/scan/store/report-store.ts';
import type { EmittedEvents, ScanRecord } from '../../../src/scan/store/scan-record.ts';
import { FakeClock } from '../../kube/fake-clock.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** An image for each number from 0 to 15. */
export const imageOf = (n: number, platform = 'linux/amd64'): ImageId => ({
  digest: `sha256:${n.toString(16).repeat(64)}`,
  platform,
});

export const findingOf = (n: number, more: Partial<KnownFinding> = {}): KnownFinding => ({
  id: `CVE-2026-${n}`,
  package: 'openssl',
  installed: '3.0.15',
  fixed: [],
  severity: 'High',
  type: 'debian',
  firstSeenAt: '2026-01-01T00:00:00Z',
  ...more,
});

export const reportOf = (image: ImageId, more: Partial<ImageReport> = {}): ImageReport => ({
  image,
  scannedAt: '2026-01-01T00:00:00Z',
  os: { family: 'debian', version: '12.5', endOfLife: false },
  findings: [findingOf(1)],
  coverage: { sources: [{ type: 'debian', packages: 2, advisories: 'debian 12' }], gaps: [] },
  newFindings: 1,
  scanner: { name: 'trivy', version: '0.74.0' },
  database: { updatedAt: '2025-12-31T18:00:00Z' },
  ...more,
});

export const emittedEvents = (...criticals: readonly string[]): EmittedEvents => ({
  criticals,
  failures: [],
  stalled: [],
  expiring: [],
  expired: [],
});

export const recordOf = (more: Partial<ScanRecord> = {}): ScanRecord => ({
  namespace: 'payments',
  name: 'nightly',
  uid: 'uid-1',
  updatedAt: '2026-01-01T00:00:00Z',
  images: [{ reference: 'docker.io/library/nginx:1.27', id: imageOf(1), pods: 3 }],
  failOn: 'Critical',
  ignoreUnfixed: true,
  exceptions: [{ id: 'CVE-2026-1', status: 'not_affected', justification: 'vulnerable code is not reached' }],
  events: emittedEvents('CVE-2026-1 in openssl'),
  ...more,
});

export const silent = pino({ level: 'silent' });

export const openStore = (directory: string, options: Partial<StoreOptions> = {}): Promise<ReportStore> =>
  ReportStore.open(directory, { clock: new FakeClock(), maxBytes: 1e9, unusedMs: 7 * DAY, log: silent, ...options });

/** JSON of about so many bytes that gzip cannot make much smaller. */
export const noise = (bytes: number): Buffer => Buffer.from(JSON.stringify(randomBytes(bytes / 2).toString('hex')));

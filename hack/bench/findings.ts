import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { ImageScan } from '../../src/api/imagescan.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { KnownFinding } from '../../src/scan/findings/finding.ts';
import { SEVERITIES } from '../../src/scan/findings/severity.ts';
import type { ImageId } from '../../src/scan/image.ts';
import { Evaluations } from '../../src/scan/imagescan/evaluation/evaluations.ts';
import { SharedEvaluations } from '../../src/scan/imagescan/evaluation/shared-evaluations.ts';
import { ReportStore } from '../../src/scan/store/report-store.ts';
import { ComputeThread } from '../../src/scan/threads/compute.ts';
import type { Figures } from './figures.ts';

/** As many as the largest output of Trivy holds, with texts of the usual length. */
const FINDINGS = 22_500;
const MiB = 2 ** 20;

const imageOf = (n: number): ImageId => ({ digest: `sha256:${String(n).padStart(64, '0')}`, platform: 'linux/amd64' });

/** Each image has packages of its own. */
const findingOf = (image: number, n: number): KnownFinding => ({
  id: `CVE-2098-${100_000 + n}`,
  package: `libexample${image}-${Math.floor(n / 10)}`,
  installed: '1.2.3-4+deb12u1',
  fixed: n % 2 === 0 ? ['1.2.3-4+deb12u2'] : [],
  severity: SEVERITIES[n % SEVERITIES.length]!,
  type: 'debian',
  title: `libexample: a crafted file leads to an out-of-bounds write in function number ${n}`,
  url: `https://avd.aquasec.com/nvd/cve-2098-${100_000 + n}`,
  purl: `pkg:deb/debian/libexample${image}@1.2.3-4%2Bdeb12u1?arch=amd64&distro=debian-12.11`,
  firstSeenAt: '2098-01-01T00:00:00Z',
});

const writeReports = async (store: ReportStore, images: number): Promise<void> => {
  for (let image = 0; image < images; image += 1) {
    const findings = Array.from({ length: FINDINGS }, (_, n) => findingOf(image, n));
    await store.writeReport({
      ...{ image: imageOf(image), scannedAt: '2098-01-02T00:00:00Z', findings, newFindings: 0 },
      ...{ scanner: { name: 'trivy', version: '0.74.0' }, database: { updatedAt: '2098-01-01T00:00:00Z' } },
    });
  }
};

const scanOf = (): ImageScan => ({
  ...{ apiVersion: 'security.palisade.dev/v1alpha1', kind: 'ImageScan', spec: {} },
  metadata: { namespace: 'bench', name: 'all', uid: 'u', resourceVersion: '1', generation: 1 },
});

const collected = async (): Promise<NodeJS.MemoryUsage> => {
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await sleep(50);
  }
  return process.memoryUsage();
};

/** What the findings of N images of one namespace cost, as after a start: they are in the report store. */
export const benchFindings = async (images: number): Promise<Figures> => {
  const directory = await mkdtemp(join(tmpdir(), 'palisade-bench-'));
  const compute = new ComputeThread();
  try {
    const options = { clock: systemClock, log: pino({ level: 'silent' }), maxBytes: 2 ** 40, unusedMs: 2 ** 40 };
    const store = await ReportStore.open(directory, options);
    await writeReports(store, images);
    const shared = new SharedEvaluations();
    const evaluations = new Evaluations(store, compute.run, shared);
    const scannable = Array.from({ length: images }, (_, n) => ({
      ...{ id: imageOf(n), reference: `r.io/app-${n}:1`, repositories: [], pods: 1 },
    }));
    const before = await collected();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    delay.enable();
    const { distinct } = await evaluations.of(scanOf(), scannable, Date.now());
    delay.disable();
    const wall = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const after = await collected();
    return {
      'findings of each image': FINDINGS,
      'different findings': distinct,
      'heap, MiB more': (after.heapUsed - before.heapUsed) / MiB,
      'numbers and names of findings, MiB': shared.bytes() / MiB,
      'RSS of the process at most, MiB': process.resourceUsage().maxRSS / 1024,
      'evaluation of all, s': wall,
      'evaluation of all: CPU, s': (user + system) / 1e6,
      'longest delay of the event loop, ms': delay.max / 1e6,
    };
  } finally {
    await compute.close();
    await rm(directory, { recursive: true });
  }
};

import type { EvaluatedFinding, Evaluation } from '../../../src/scan/imagescan/evaluation/evaluation.ts';
import { rowKey } from '../../../src/scan/imagescan/evaluation/worst-findings.ts';
import { criticalKey } from '../../../src/scan/imagescan/events/emitted-events.ts';
import type { Observation, ObservedImage } from '../../../src/scan/imagescan/observation.ts';

export const evaluatedFinding = (more: Partial<EvaluatedFinding> = {}): EvaluatedFinding => ({
  id: 'CVE-2099-0001',
  package: 'openssl',
  installed: '3.0.15',
  fixed: '3.0.17',
  severity: 'Critical',
  firstSeenAt: '2026-01-01T00:00:00Z',
  ...more,
});

const countsOf = (findings: readonly EvaluatedFinding[]) => {
  const counts = { Critical: 0, High: 0, Medium: 0, Low: 0, Unknown: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
};

export const evaluationOf = (
  findings: readonly EvaluatedFinding[] = [],
  more: Partial<Evaluation> = {},
): Evaluation => ({
  scannedAt: '2026-01-02T03:00:00Z',
  database: { updatedAt: '2026-01-02T00:00:00Z' },
  counts: countsOf(findings),
  fixable: findings.filter(({ fixed }) => fixed !== '').length,
  suppressed: 0,
  new: 0,
  blocking: findings.filter(({ severity }) => severity === 'Critical').length,
  endOfLife: false,
  coverage: { sources: [{ type: 'debian', packages: 2, advisories: 'debian 12' }], gaps: [] },
  advice: [],
  adviceOmitted: 0,
  findings,
  distinct: new Set(findings.map(rowKey)).size,
  criticals: findings.filter(({ severity }) => severity === 'Critical').map(criticalKey),
  suppressedCriticals: [],
  exceptionHits: [],
  ...more,
});

export const observedImage = (reference: string, more: Partial<ObservedImage> = {}): ObservedImage => ({
  reference,
  digest: `sha256:${'a'.repeat(64)}`,
  platform: 'linux/amd64',
  pods: 1,
  outdated: false,
  ...more,
});

export const observationOf = (images: readonly ObservedImage[], more: Partial<Observation> = {}): Observation => ({
  images,
  distinctFindings: new Set(images.flatMap(({ evaluation }) => evaluation?.findings.map(rowKey) ?? [])).size,
  scanner: { name: 'trivy', version: '0.74.0' },
  database: '2026-01-02T00:00:00Z',
  databaseOld: false,
  stalled: [],
  ...more,
});

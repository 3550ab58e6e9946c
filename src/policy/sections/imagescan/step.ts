import type { ContainerSecurityPolicy, ScanSection } from '../../../api/policy.ts';
import type { Change, ChildWriter } from '../../children/writer.ts';
import { failed, type Outcome } from '../../outcome.ts';
import { renderImageScan } from './render.ts';

export interface ImageScanResult {
  /** Absent when the policy has no such section. */
  readonly outcome?: Outcome;
  readonly changes: readonly Change[];
}

const kept = (name: string): Outcome => ({
  section: 'Scan',
  state: 'InForce',
  reason: 'Applied',
  message: `ImageScan ${name} is as spec.scan says; its own status has the findings`,
});

/**
 * Keeps the ImageScan of a scan section.
 * @param scan undefined: none is to be there
 */
export const runImageScanStep = async (
  policy: ContainerSecurityPolicy,
  scan: ScanSection | undefined,
  writer: ChildWriter,
): Promise<ImageScanResult> => {
  const changes: Change[] = [];
  const wanted = scan && renderImageScan(policy.metadata, scan);
  try {
    const change = wanted && (await writer.ensure(wanted, policy));
    if (change !== undefined) changes.push(change);
    const stale = writer.owned('ImageScan', policy).filter((s) => s.metadata.name !== wanted?.metadata.name);
    for (const live of stale) changes.push(await writer.delete(live, policy));
    return wanted === undefined ? { changes } : { changes, outcome: kept(wanted.metadata.name) };
  } catch (error) {
    return { changes, outcome: failed('Scan', error) };
  }
};

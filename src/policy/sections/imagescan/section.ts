import type { ContainerSecurityPolicy, ScanSection, Sections } from '../../../api/policy.ts';
import type { Change, PolicyChildren } from '../../children/writer.ts';
import { failed, type SectionOutcome } from '../../status/outcome.ts';
import { enforcedSpec, type Section, type SectionPreview, type SectionResult } from '../section.ts';
import { renderImageScan } from './render.ts';

const applied = (name: string): SectionOutcome => ({
  section: 'Scan',
  state: 'InForce',
  reason: 'Applied',
  message: `ImageScan ${name} is as spec.scan says; its own status has the findings`,
});

/** @param scan undefined: no ImageScan is wanted */
const apply = async (
  policy: ContainerSecurityPolicy,
  scan: ScanSection | undefined,
  children: PolicyChildren,
): Promise<SectionResult> => {
  const changes: Change[] = [];
  const wanted = scan && renderImageScan(policy.metadata, scan);
  try {
    const change = wanted && (await children.ensure(wanted));
    if (change !== undefined) changes.push(change);
    const stale = children.owned('ImageScan').filter((s) => s.metadata.name !== wanted?.metadata.name);
    for (const live of stale) changes.push(await children.delete(live));
    return wanted === undefined ? { changes } : { changes, outcome: applied(wanted.metadata.name) };
  } catch (error) {
    return { changes, outcome: failed('Scan', error) };
  }
};

const preview = ({ metadata }: ContainerSecurityPolicy, { scan }: Sections): SectionPreview =>
  scan === undefined ? {} : { children: [renderImageScan(metadata, scan)] };

/** Keeps the ImageScan of spec.scan. */
export const imageScanSection = (): Section => ({
  name: 'Scan',
  enforce: (policy, children) => apply(policy, enforcedSpec(policy).scan, children),
  withdraw: (policy, children) => apply(policy, undefined, children),
  preview: async (policy, wanted) => preview(policy, wanted),
});

import { GROUP, IMAGE_SCAN, VERSION } from '../../../api/group.ts';
import { ACCEPTED_BY_DEFAULT } from '../../../api/imagescan.ts';
import type { PolicyName, ScanSection } from '../../../api/policy.ts';
import type { ImageScanChild } from '../../children/kinds.ts';
import { childMeta } from '../../children/meta.ts';

/** The ImageScan of a scan section, with the policy's own name: a policy has one, and people look for it by that name. */
export const renderImageScan = (policy: PolicyName, scan: ScanSection): ImageScanChild => {
  const { schedule, timeZone, failOn = 'Critical', ignoreUnfixed = false } = scan;
  const { failOnKnownExploited } = scan;
  const { acceptUnknown = [...ACCEPTED_BY_DEFAULT] } = scan;
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: IMAGE_SCAN.kind,
    metadata: childMeta(policy, policy.name),
    spec: {
      ...(schedule !== undefined && { schedule }),
      ...(timeZone !== undefined && { timeZone }),
      suspend: false,
      failOn,
      ...(failOnKnownExploited !== undefined && { failOnKnownExploited }),
      ignoreUnfixed,
      acceptUnknown,
    },
  };
};

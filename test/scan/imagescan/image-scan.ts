import type { ImageScan, ScanSpec, ScanStatus } from '../../../src/api/imagescan.ts';

export const imageScan = (spec: ScanSpec = {}, status?: ScanStatus): ImageScan => ({
  apiVersion: 'security.palisade.dev/v1alpha1',
  kind: 'ImageScan',
  metadata: { name: 'nightly', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 3 },
  spec,
  ...(status !== undefined && { status }),
});

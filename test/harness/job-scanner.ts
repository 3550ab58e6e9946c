import { readManifests } from '../../hack/manifests.ts';
import type { KubeClient } from '../../src/kube/rest/client.ts';
import type { Resource } from '../../src/kube/rest/resource.ts';
import { KINDS } from './install.ts';

/** The image that config/job-scanner permits. */
export const JOB_IMAGE = 'registry.example.com/palisade:0.1.0';

/** Applies config/job-scanner as a kustomization with `namespace` would. */
export const installJobScanner = async (admin: KubeClient, namespace: string): Promise<void> => {
  for (const object of await readManifests('config/job-scanner')) {
    const resource: Resource = KINDS[object.kind as keyof typeof KINDS];
    const moved = { ...object, metadata: { ...object.metadata, ...(resource.namespaced && { namespace }) } };
    await admin.apply(resource, moved, { fieldManager: 'test-install', force: true });
  }
};

import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Secret } from 'kubernetes-types/core/v1.js';
import { JOBS } from '../../../../kube/kinds.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import type { ImageSource } from '../../../image.ts';
import type { AnalysisRequest } from '../../scanner.ts';
import { SBOM_JOB_LABELS, withCredentials } from './sbom-job.ts';

/**
 * The config.json that `docker login` writes, for this source alone. By the host only, since kubelet's rules would cut a path
 * that begins with v2; no other source sees it.
 */
const dockerConfig = ({ registry, credentials }: ImageSource): string =>
  JSON.stringify({ auths: { [registry]: { ...credentials } } });

/** The credentials of a request, which go with its Job: nothing else deletes them. */
export const credentialsSecret = (request: AnalysisRequest, job: KubeObject & Job, name: string): Secret => {
  const data = withCredentials(request).map((i) => {
    const config = dockerConfig(request.sources[i] as ImageSource);
    return [String(i), Buffer.from(config).toString('base64')] as const;
  });
  const { namespace = '', name: owner, uid } = job.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { ...SBOM_JOB_LABELS },
      ownerReferences: [{ apiVersion: `${JOBS.group}/${JOBS.version}`, kind: JOBS.kind, name: owner, uid }],
    },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(data),
  };
};

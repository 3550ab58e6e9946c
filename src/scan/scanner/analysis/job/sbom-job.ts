import { createHash, randomBytes } from 'node:crypto';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type { Container, PodSpec, Volume } from 'kubernetes-types/core/v1.js';
import { GROUP } from '../../../../api/group.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../../../api/keys.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { imageKey } from '../../../image.ts';
import type { ScanLimits } from '../../process/limits.ts';
import type { AnalysisRequest } from '../../scanner.ts';

/** The operator process that created it. */
export const RUN_LABEL = `${GROUP}/run`;
/** The image, as imageKey has it. */
const IMAGE_ANNOTATION = `${GROUP}/image`;

/** Labels of all Jobs of this kind and their pods, for finding leftovers and for NetworkPolicies. */
export const SBOM_JOB_LABELS: Readonly<Record<string, string>> = {
  'app.kubernetes.io/name': 'palisade',
  'app.kubernetes.io/component': 'sbom',
  [MANAGED_BY_LABEL]: MANAGED_BY,
};

export const CONTAINER = 'sbom';
/** In config/job-scanner: without rights, and without a token in the pod. */
const SERVICE_ACCOUNT = 'palisade-sbom';

export interface SbomJobSettings {
  readonly namespace: string;
  /** Our own image, whose entry point is `palisade`. */
  readonly image: string;
  /** This process, as a label's value. */
  readonly run: string;
  readonly limits: ScanLimits;
  /** As parseAllowedRegistries gives them. */
  readonly allowedRegistries: readonly string[];
  /** The repository of the index of jars; absent: none is used. */
  readonly jarIndex?: string;
  /** How long the pod may take to start. */
  readonly startMs: number;
}

/** A Job as it is sent. */
export type SbomJob = Job & { readonly metadata: { readonly name: string; readonly namespace: string } };

const MiB = 2 ** 20;
/** Memory of Palisade's own process beside Trivy: the analysis several times, and the runtime. */
const OWN_MEMORY_BYTES = 512 * MiB;
/** Disk beside the image: an empty index of jars, logs. */
const OWN_DISK_BYTES = 128 * MiB;
/** Of the index of jars, as it is downloaded and unpacked. */
const JAR_INDEX_BYTES = 4096 * MiB;
const MEMORY_REQUEST = '256Mi';
const DISK_REQUEST = '256Mi';
/** The program ends by itself before that. */
const SLACK_MS = 30_000;
/** Unless it is deleted before. */
const KEPT_SECONDS = 300;
/** That of the image: a user who is not root reads a Secret's files by their group alone. */
const USER = 65_532;
const CREDENTIALS = '/var/run/palisade/credentials';

/** As Kubernetes and our own flags read it: these take six digits. */
const quantity = (bytes: number): string => {
  const mebibytes = Math.ceil(bytes / MiB);
  return mebibytes < 1e6 ? `${mebibytes}Mi` : `${Math.ceil(mebibytes / 1024)}Gi`;
};

/** Longest time from its creation to its end, milliseconds: the pull from each source, and Trivy, have their own bounds. */
export const deadlineMs = (
  { sources }: Pick<AnalysisRequest, 'sources'>,
  { startMs, limits, jarIndex }: Pick<SbomJobSettings, 'startMs' | 'limits' | 'jarIndex'>,
): number =>
  // With the index of jars: its download, and Trivy once more.
  startMs + (sources.length + (jarIndex === undefined ? 1 : 3)) * limits.timeMs + SLACK_MS;

/** One name for each image, so that it never has two Jobs. */
export const jobName = ({ image }: Pick<AnalysisRequest, 'image'>): string =>
  `palisade-sbom-${createHash('sha256').update(imageKey(image)).digest('hex').slice(0, 20)}`;

/** Another one at each try. config/job-scanner permits no other form of both names. */
export const secretName = (request: Pick<AnalysisRequest, 'image'>): string =>
  `${jobName(request)}-${randomBytes(4).toString('hex')}`;

/** Whether a Job is of Palisade, for this image. */
export const isSbomJob = ({ metadata }: KubeObject, { image }: Pick<AnalysisRequest, 'image'>): boolean =>
  Object.entries(SBOM_JOB_LABELS).every(([key, value]) => metadata.labels?.[key] === value) &&
  metadata.annotations?.[IMAGE_ANNOTATION] === imageKey(image);

/** Indices of the sources that have credentials: keys of the Secret, and directories in the pod. */
export const withCredentials = ({ sources }: Pick<AnalysisRequest, 'sources'>): number[] =>
  sources.flatMap(({ credentials }, i) => (credentials === undefined ? [] : [i]));

/**
 * A Job that prints the analysis of an image into its log. Within the limits of Pod Security restricted.
 * @param secret name of the Secret with the credentials, which only a request with credentials needs
 */
export const sbomJob = (request: AnalysisRequest, settings: SbomJobSettings, secret: string): SbomJob => {
  const labels = { ...SBOM_JOB_LABELS, [RUN_LABEL]: settings.run };
  const annotations = { [IMAGE_ANNOTATION]: imageKey(request.image) };
  const metadata = { name: jobName(request), namespace: settings.namespace, labels, annotations };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(deadlineMs(request, settings) / 1000),
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: { metadata: { labels, annotations }, spec: podSpec(request, settings, secret) },
    },
  };
};

const ownDisk = ({ jarIndex }: SbomJobSettings): number =>
  OWN_DISK_BYTES + (jarIndex === undefined ? 0 : JAR_INDEX_BYTES);

const podSpec = (request: AnalysisRequest, settings: SbomJobSettings, secret: string): PodSpec => {
  const { limits } = settings;
  const scratch: Volume = { name: 'scratch', emptyDir: { sizeLimit: quantity(limits.diskBytes + ownDisk(settings)) } };
  return {
    serviceAccountName: SERVICE_ACCOUNT,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 5,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumes: [scratch, ...credentialVolumes(request, secret)],
    containers: [container(request, settings)],
  };
};

/** One directory for each source, as of DOCKER_CONFIG: two sources may be one repository with other credentials. */
const credentialVolumes = (request: AnalysisRequest, secretName: string): Volume[] => {
  const items = withCredentials(request).map((i) => ({ key: String(i), path: `${i}/config.json` }));
  return items.length === 0 ? [] : [{ name: 'credentials', secret: { secretName, defaultMode: 0o400, items } }];
};

const container = (request: AnalysisRequest, settings: SbomJobSettings): Container => {
  const { image, limits } = settings;
  const hasCredentials = withCredentials(request).length > 0;
  return {
    name: CONTAINER,
    image,
    args: sbomArguments(request, settings),
    volumeMounts: [
      { name: 'scratch', mountPath: '/tmp' },
      ...(hasCredentials ? [{ name: 'credentials', mountPath: CREDENTIALS, readOnly: true }] : []),
    ],
    resources: {
      // Without requests of their own, these would be the limits.
      requests: { cpu: '100m', memory: MEMORY_REQUEST, 'ephemeral-storage': DISK_REQUEST },
      limits: {
        cpu: String(limits.processors),
        memory: quantity(limits.memoryBytes + OWN_MEMORY_BYTES),
        'ephemeral-storage': quantity(limits.diskBytes + ownDisk(settings) + OWN_DISK_BYTES),
      },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
};

/** Of `palisade`. Credentials are files. */
const sbomArguments = (
  { image, sources }: AnalysisRequest,
  { limits, allowedRegistries, jarIndex }: SbomJobSettings,
): string[] => [
  'sbom',
  ...['--platform', image.platform, '--output', 'analysis'],
  ...['--scan-timeout', `${Math.ceil(limits.timeMs / 1000)}s`],
  ...['--scan-memory', quantity(limits.memoryBytes), '--scan-disk', quantity(limits.diskBytes)],
  ...['--scan-image-size', quantity(limits.imageBytes)],
  ...(allowedRegistries.length > 0 ? ['--allowed-registries', allowedRegistries.join(',')] : []),
  ...(jarIndex === undefined ? [] : ['--trivy-java-db-repository', jarIndex]),
  ...sources.flatMap(({ credentials }, i) => [
    '--docker-config',
    credentials === undefined ? 'none' : `${CREDENTIALS}/${i}`,
  ]),
  '--',
  ...sources.map(({ registry, repository }) => `${registry}/${repository}@${image.digest}`),
];

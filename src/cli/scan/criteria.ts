import { IMAGE_SCAN } from '../../api/group.ts';
import type { ImageScan } from '../../api/imagescan.ts';
import { describeUnsupported } from '../../api/unsupported.ts';
import { toCachedScan } from '../../scan/imagescan/caches.ts';
import { parseSchedule } from '../../scan/imagescan/schedule/schedule.ts';
import { InputError, UsageError } from '../errors.ts';
import { shownName } from '../input/files.ts';
import { loadImageScans } from '../input/load-objects.ts';
import { parseScanKey, type ScanKey } from '../report/scan-key.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { readSetting } from '../settings/setting.ts';
import type { Terminal } from '../terminal.ts';

/** The flags that name the ImageScan by which images are judged. */
export interface CriteriaFlags {
  readonly like?: string;
  readonly filename?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string | undefined;
}

/** The ImageScan by which images are judged: one of the cluster, or one in a file. @throws InputError, UsageError */
export const readCriteria = async (flags: CriteriaFlags, terminal: Terminal): Promise<ImageScan> => {
  const { like, filename } = flags;
  if ((like === undefined) === (filename === undefined)) {
    throw new UsageError(
      'pass --like NAMESPACE/NAME for an ImageScan of the cluster, or -f FILE for one in a file: its failOn and exceptions decide',
    );
  }
  return like === undefined
    ? fromFile(filename ?? '', flags, terminal)
    : fromCluster(parseScanKey(like), flags, terminal);
};

const fromFile = async (filename: string, { namespace }: CriteriaFlags, terminal: Terminal): Promise<ImageScan> => {
  const found = await loadImageScans({ filename: [filename], ...(namespace !== undefined && { namespace }) }, terminal);
  const [one, ...others] = found.map(({ object }) => object);
  if (one !== undefined && others.length === 0) {
    checkSchedule(one, filename);
    return one;
  }
  const names = found.map(({ object: { metadata } }) => `${metadata.namespace}/${metadata.name}`).join(', ');
  throw new InputError([`${shownName(filename)}: ${found.length} ImageScans found (${names}): pass a file with one`]);
};

/** A file is judged before it is applied, and an operator would not scan by this schedule. @throws InputError */
const checkSchedule = ({ metadata: { namespace, name }, spec }: ImageScan, filename: string): void => {
  if (spec.schedule === undefined) return;
  const parsed = parseSchedule(spec.schedule, spec.timeZone);
  if (!('error' in parsed)) return;
  throw new InputError([`${shownName(filename)}: ImageScan ${namespace}/${name}: spec: ${parsed.error}`]);
};

/** By the status of the API server's answer. */
const CURES: ReadonlyMap<number, (namespace: string) => string> = new Map([
  [401, () => 'check the credentials of the kubeconfig'],
  [
    403,
    (namespace: string) =>
      `ask for get on imagescans.${IMAGE_SCAN.group} in namespace ${namespace} (docs/ci.md has the Role), or pass the manifest of the ImageScan with -f`,
  ],
  [
    404,
    (namespace: string) =>
      `check the name (kubectl get imagescans -n ${namespace}), and that the CRDs of Palisade are installed`,
  ],
]);

const fromCluster = async (
  { namespace, name }: ScanKey,
  flags: CriteriaFlags,
  terminal: Terminal,
): Promise<ImageScan> => {
  const kubeconfig = readSetting(OPERATOR_SETTINGS.kubeconfig, flags.kubeconfig, terminal.env);
  // Imported here: a file needs no Kubernetes client, which loads slowly.
  const { kubernetes } = await import('../kubernetes.ts');
  const { ApiError } = await import('../../kube/rest/errors.ts');
  const scan = await kubernetes(kubeconfig, (client) =>
    client.get<ImageScan>(IMAGE_SCAN, name, namespace).catch((error: unknown) => {
      const cure = error instanceof ApiError ? CURES.get(error.code) : undefined;
      if (cure === undefined) throw error;
      throw new InputError([`--like: ImageScan ${namespace}/${name}: ${(error as Error).message}: ${cure(namespace)}`]);
    }),
  );
  const { unsupported = [] } = toCachedScan(scan);
  if (unsupported.length > 0) {
    throw new InputError([`ImageScan ${namespace}/${name}: ${describeUnsupported(scan.kind, unsupported)}`]);
  }
  return scan;
};

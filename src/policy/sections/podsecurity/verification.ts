import type { Clock } from '../../../kube/clock.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import { type ApiError, classify } from '../../../kube/rest/errors.ts';
import type { PolicyCaches } from '../../caches.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { dryRunLabels, findViolations } from './dry-run.ts';
import { levelLabel, standardIn } from './labels.ts';
import { describeStandard, type Standard } from './level.ts';
import { describeProblem, labelReplaced, notVerified, type Problem } from './problem.ts';

/** A stalled policy is reconciled again after this time, and checks again. */
const VALID_MS = 300_000;

/** Another version of the same level: for the same version, the API server would check nothing. */
const otherThan = ({ level, version }: Standard): Standard => ({
  level,
  version: version === 'v1.0' ? 'v1.1' : 'v1.0',
});

const NO_LEVEL = { [levelLabel('enforce')]: 'palisade-check' };

/** Not so an admission policy or webhook that refuses the label, whatever its message says. */
const isRefusedByPlugin = (error: unknown): boolean =>
  classify(error) === 'Invalid' && (error as ApiError).status.message.includes(levelLabel('enforce'));

/** Whether the admission plugin is on: it refuses a level that does not exist, in exempt namespaces too. */
const pluginProblem = async (
  client: KubeClient,
  namespace: CachedNamespace,
  standard: Standard,
): Promise<Problem | undefined> => {
  const { name } = namespace.metadata;
  try {
    const { replaced } = await dryRunLabels(client, namespace, NO_LEVEL);
    if (replaced !== undefined) return labelReplaced(name, standard, replaced);
  } catch (error) {
    if (isRefusedByPlugin(error)) return undefined;
    throw error;
  }
  return {
    reason: 'PodSecurityDisabled',
    message:
      `the API server accepts a level that does not exist for namespace ${name}, so its admission plugin PodSecurity is off, ` +
      'and the labels have no effect: remove PodSecurity from --disable-admission-plugins',
  };
};

const check = async (
  client: KubeClient,
  namespace: CachedNamespace,
  standard: Standard,
): Promise<Problem | undefined> => {
  const { name } = namespace.metadata;
  try {
    const problem = await pluginProblem(client, namespace, standard);
    return problem ?? describeProblem(name, standard, await findViolations(client, namespace, otherThan(standard)));
  } catch (error) {
    if (!['AdmissionRefused', 'Invalid', 'Forbidden'].includes(classify(error))) throw error;
    const refusal = (error as ApiError).status.message;
    return notVerified(
      name,
      standard,
      `a dry run that changes the label is refused: ${refusal}: exempt the operator's account from the admission policy or webhook that refuses it`,
    );
  }
};

/**
 * Finds out whether the API server enforces the labels of a namespace, which the labels do not show. Dry runs only: after
 * a start of the operator, after a change of the level, and when the last check is older than VALID_MS.
 * Exemptions of users and runtime classes are not visible.
 */
export const createVerifier = (client: KubeClient, { namespaces }: PolicyCaches, clock: Clock) => {
  const checked = new Map<string, { readonly standard: string; readonly at: number; readonly problem?: Problem }>();
  namespaces.subscribe(({ type, object }) => {
    if (type === 'Deleted') checked.delete(object.metadata.uid);
  });
  /** @returns undefined when the labels are in force, or enforce nothing @throws ApiError */
  return async (namespace: CachedNamespace): Promise<Problem | undefined> => {
    const live = standardIn(namespace.labels, 'enforce');
    if (live === undefined || live.level === 'privileged') return undefined;
    const { uid } = namespace.metadata;
    const standard = describeStandard(live);
    const last = checked.get(uid);
    if (last?.standard === standard && clock.now() - last.at < VALID_MS) return last.problem;
    const at = clock.now();
    const problem = await check(client, namespace, live);
    checked.set(uid, { standard, at, ...(problem && { problem }) });
    return problem;
  };
};

export type Verifier = ReturnType<typeof createVerifier>;

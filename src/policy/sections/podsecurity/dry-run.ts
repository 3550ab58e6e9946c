import { NAMESPACES } from '../../../kube/kinds.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { labelsFor } from './labels.ts';
import type { Standard } from './level.ts';
import { parseViolations, type Violations } from './violations.ts';

/** The warnings of the API server about new labels of a namespace. Writes nothing. @throws ApiError */
export const dryRunLabels = async (
  client: KubeClient,
  { metadata }: CachedNamespace,
  labels: Readonly<Record<string, string>>,
): Promise<string[]> => {
  const options = { type: 'merge', dryRun: true } as const;
  return (await client.patch(NAMESPACES, metadata.name, { metadata: { labels } }, options)).warnings;
};

/** Finds the existing pods that violate a level, by a dry run: only the API server evaluates the levels. */
export const findViolations = async (
  client: KubeClient,
  namespace: CachedNamespace,
  standard: Standard,
): Promise<Violations> => {
  const warnings = await dryRunLabels(client, namespace, Object.fromEntries(labelsFor('enforce', standard)));
  const answer = parseViolations(warnings);
  if (answer.unknown === undefined) return answer;
  // A warning that an unchanged namespace has too is not about its Pod Security labels.
  return parseViolations(warnings, await dryRunLabels(client, namespace, {}));
};

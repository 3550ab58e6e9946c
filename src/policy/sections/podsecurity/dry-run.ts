import { NAMESPACES } from '../../../kube/kinds.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { KubeClient } from '../../../kube/rest/client.ts';
import { printable } from '../../../text/printable.ts';
import type { CachedNamespace } from '../../namespace.ts';
import { labelsFor } from './labels.ts';
import type { Standard } from './level.ts';
import { parseViolations, type Violations } from './violations.ts';

interface Answer {
  readonly warnings: readonly string[];
  /** A label that admission of the cluster did not store as sent. */
  readonly replaced?: string;
}

/** The answer of the API server to new labels of a namespace. Writes nothing. @throws ApiError */
export const dryRunLabels = async (
  client: KubeClient,
  { metadata }: CachedNamespace,
  labels: Readonly<Record<string, string>>,
): Promise<Answer> => {
  const options = { type: 'merge', dryRun: true } as const;
  const body = { metadata: { labels } };
  const { object, warnings } = await client.patch<KubeObject>(NAMESPACES, metadata.name, body, options);
  const stored = object.metadata.labels ?? {};
  const replaced = Object.entries(labels).find(([key, value]) => stored[key] !== value);
  if (replaced === undefined) return { warnings };
  const [key, value] = replaced;
  return { warnings, replaced: `${key}=${value} is stored as ${key}=${printable(stored[key] ?? '')}` };
};

/** Finds the existing pods that violate a level, by a dry run: only the API server evaluates the levels. */
export const findViolations = async (
  client: KubeClient,
  namespace: CachedNamespace,
  standard: Standard,
): Promise<Violations> => {
  const labels = Object.fromEntries(labelsFor('enforce', standard));
  const { warnings, replaced } = await dryRunLabels(client, namespace, labels);
  const first = parseViolations(warnings);
  // A warning that an unchanged namespace has too is not about its Pod Security labels.
  const answer =
    first.unknown === undefined
      ? first
      : parseViolations(warnings, (await dryRunLabels(client, namespace, {})).warnings);
  return { ...answer, ...(replaced !== undefined && { replaced }) };
};

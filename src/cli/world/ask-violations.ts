import type { KubeClient } from '../../kube/rest/client.ts';
import { ApiError } from '../../kube/rest/errors.ts';
import { findViolations } from '../../policy/sections/podsecurity/dry-run.ts';
import type { Standard } from '../../policy/sections/podsecurity/level.ts';
import type { Violations } from '../../policy/sections/podsecurity/violations.ts';

/** What existing pods a level would refuse, or why that is unknown. */
export type Checked = Violations | { readonly unknown: string };

/** As the operator asks: by a dry run, which writes nothing. */
export const askViolations = async (client: KubeClient, namespace: string, standard: Standard): Promise<Checked> => {
  const asked = {
    ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...{ labels: new Map(), records: new Map() },
  };
  try {
    return await findViolations(client, asked as unknown as Parameters<typeof findViolations>[1], standard);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const cure =
      error.code === 403 ? ': ask for the right to patch Namespaces, which a dry run of its labels needs' : '';
    return { unknown: `${error.message}${cure}` };
  }
};

import { parse } from 'yaml';
import { CONTAINER_SECURITY_POLICY, GROUP, VERSION } from '../../src/api/group.ts';
import type { Applied } from '../../src/kube/object.ts';

/** The namespace in which users of the story try things out. */
export const SANDBOX = 'sandbox';

/** @param spec YAML */
export const sandboxPolicy = (name: string, spec: string): Applied => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: CONTAINER_SECURITY_POLICY.kind,
  metadata: { name, namespace: SANDBOX },
  spec: parse(spec),
});

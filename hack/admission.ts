import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../src/kube/rest/client.ts';
import { classify } from '../src/kube/rest/errors.ts';
import { KINDS } from './kinds.ts';
import { until } from './until.ts';

const admission = (kind: string, name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name },
  spec,
});

/**
 * Waits until the API server evaluates the admission policies that were applied before. They take effect in order, so it
 * applies one more, which refuses a ConfigMap of its own, tries that ConfigMap, and deletes the policy again.
 * @param namespace of the ConfigMap, which is only tried by dry run
 */
export const untilInEffect = async (admin: KubeClient, namespace: string): Promise<void> => {
  const name = `palisade-probe-${randomBytes(4).toString('hex')}`;
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] };
  const policy = {
    matchConstraints: { resourceRules: [{ ...rule, resourceNames: [name] }] },
    validations: [{ expression: 'false', reason: 'Forbidden' }],
  };
  const refused = async (): Promise<boolean> => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
    try {
      await admin.create(KINDS.ConfigMap, body, { namespace, dryRun: true });
      return false;
    } catch (error) {
      if (classify(error) === 'AdmissionRefused') return true;
      throw error;
    }
  };
  try {
    await admin.create(KINDS.ValidatingAdmissionPolicy, admission('ValidatingAdmissionPolicy', name, policy));
    const binding = { policyName: name, validationActions: ['Deny'] };
    await admin.create(
      KINDS.ValidatingAdmissionPolicyBinding,
      admission('ValidatingAdmissionPolicyBinding', name, binding),
    );
    await until('the admission policies are in effect', refused);
  } finally {
    await admin.delete(KINDS.ValidatingAdmissionPolicyBinding, name);
    await admin.delete(KINDS.ValidatingAdmissionPolicy, name);
  }
};

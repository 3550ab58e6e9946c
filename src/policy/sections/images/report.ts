import type { ContainerSecurityPolicy, ImagesSection } from '../../../api/policy.ts';
import type { SectionOutcome } from '../../status/outcome.ts';
import { describeAllowed } from './allowed.ts';
import { type Disallowed, describeDisallowed, isNothing } from './disallowed.ts';
import type { Enforcement } from './enforcement.ts';
import { fromRecord } from './record.ts';

const CURE = 'change their images, or allow them';

const waiting = (
  namespace: string,
  images: ImagesSection,
  waitsFor: Disallowed,
  record: string | undefined,
): SectionOutcome => {
  const meanwhile =
    record === undefined
      ? 'Until then the API server only warns, and refuses no image for this policy'
      : `Until then the earlier rules stay in force, which allow ${describeAllowed(fromRecord(record))}`;
  return {
    section: 'Images',
    state: 'Waiting',
    reason: 'ViolatingImages',
    message:
      `namespace ${namespace} does not admit only ${describeAllowed(images)} yet. ${describeDisallowed(waitsFor)}. ` +
      `Palisade enforces the rules when no running pod and no workload has another image: ${CURE}. ${meanwhile}. ` +
      'To enforce now, set images.onViolation: Enforce',
  };
};

const consequence = ({ pods, workloads }: Disallowed, isAudit: boolean): string => {
  const wouldBe = isAudit ? 'In mode Enforce ' : '';
  const pod = `${isAudit ? `${wouldBe}they would continue` : 'They continue'} to run, but could not be created again`;
  const workload = isAudit
    ? `In mode Enforce the next pods of workloads would be refused`
    : 'The next pods of workloads are refused';
  return [...(pods > 0 ? [pod] : []), ...(workloads > 0 ? [workload] : [])].join('. ');
};

/** The outcome of a policy with image rules, whose label and record are stored. */
export const report = (
  { metadata: { namespace }, spec: { mode } }: ContainerSecurityPolicy,
  images: ImagesSection,
  { found, waitsFor, record }: Enforcement,
): SectionOutcome => {
  if (waitsFor !== undefined) return waiting(namespace, images, waitsFor, record);
  const isAudit = mode === 'Audit';
  const rule = `namespace ${namespace} ${isAudit ? 'warns of images other than' : 'admits only'} ${describeAllowed(images)}`;
  const isClean = isNothing(found);
  return {
    section: 'Images',
    state: 'InForce',
    reason: isClean ? (isAudit ? 'Audit' : 'Enforced') : 'DisallowedPods',
    message: isClean ? rule : `${rule}. ${describeDisallowed(found)}. ${consequence(found, isAudit)}: ${CURE}`,
  };
};

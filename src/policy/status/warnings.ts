import { isDeepStrictEqual } from 'node:util';
import type { PolicyStatus } from '../../api/policy.ts';
import type { Finding } from '../../reach/findings/finding.ts';
import { printable } from '../../text/printable.ts';
import type { SectionStatus } from './status.ts';

/** The schema's bounds. */
const MOST = 20;
const MAX_RULE = 320;
const MAX_MESSAGE = 1024;

type NetworkStatus = NonNullable<PolicyStatus['network']>;
type PreviewStatus = NonNullable<PolicyStatus['preview']>;
type Warning = NonNullable<NetworkStatus['warnings']>[number];

/** Fields of status.network, and of status.preview. */
export type Warnings = Pick<NetworkStatus, 'warnings' | 'moreWarnings' | 'unchecked'>;
export type PreviewWarnings = Pick<
  PreviewStatus,
  'warnings' | 'moreWarnings' | 'unchecked' | 'wouldLose' | 'moreWouldLose'
>;

/** The result of a check of one policy. */
export interface Checked {
  /** Of the rules in force. */
  readonly network: Warnings;
  readonly preview: PreviewWarnings;
}

const toWarning = ({ rule, reason, message }: Finding): Warning => ({
  ...(rule !== undefined && { rule: printable(rule, MAX_RULE) }),
  reason,
  message: printable(message, MAX_MESSAGE),
});

export const toWarnings = (findings: readonly Finding[]): Warnings => ({
  ...(findings.length > 0 && { warnings: findings.slice(0, MOST).map(toWarning) }),
  ...(findings.length > MOST && { moreWarnings: findings.length - MOST }),
});

export const toWouldLose = (sentences: readonly string[]): Pick<PreviewStatus, 'wouldLose' | 'moreWouldLose'> => ({
  ...(sentences.length > 0 && { wouldLose: sentences.slice(0, MOST).map((one) => printable(one, MAX_MESSAGE)) }),
  ...(sentences.length > MOST && { moreWouldLose: sentences.length - MOST }),
});

/** Of a policy whose rules are not checked. @param why with the cure */
export const unchecked = (why: string): Checked => {
  const fields = { unchecked: printable(why, MAX_MESSAGE) };
  return { network: fields, preview: fields };
};

const warningsOf = ({ warnings, moreWarnings, unchecked }: Warnings = {}): Warnings => ({
  ...(warnings && { warnings }),
  ...(moreWarnings !== undefined && { moreWarnings }),
  ...(unchecked !== undefined && { unchecked }),
});

const previewOf = ({ wouldLose, moreWouldLose, ...fields }: PreviewWarnings = {}): PreviewWarnings => ({
  ...warningsOf(fields),
  ...(wouldLose && { wouldLose }),
  ...(moreWouldLose !== undefined && { moreWouldLose }),
});

const countOf = ({ warnings = [], moreWarnings = 0 }: Warnings = {}): number => warnings.length + moreWarnings;

/** How many warnings a status has: of rules in force, and of previewed ones. */
export const countWarnings = ({ network, preview }: Pick<PolicyStatus, 'network' | 'preview'> = {}) => ({
  inForce: countOf(network),
  previewed: countOf(preview),
});

/**
 * The status of the sections with the warnings of the last check. Until a policy is checked for the first time it keeps those
 * that it has: so neither a restart nor a change of the mode writes a status without them.
 */
export const withWarnings = (
  { network, preview, ...others }: SectionStatus,
  last: PolicyStatus | undefined,
  checked: Checked | undefined,
): SectionStatus & Pick<PolicyStatus, 'warnings'> => {
  const { warnings: _, moreWarnings: __, unchecked: ___, ...inForce } = network ?? {};
  const sections: SectionStatus = {
    ...others,
    ...(network && { network: { ...inForce, ...(checked?.network ?? warningsOf(last?.network ?? last?.preview)) } }),
    ...(preview && { preview: { ...preview, ...(checked?.preview ?? previewOf(last?.preview ?? last?.network)) } }),
  };
  const count = countWarnings(sections);
  const warnings = count.inForce + count.previewed;
  return { ...(warnings > 0 && { warnings }), ...sections };
};

/** Whether a status already says what a check found, as far as it has the fields for it. */
export const saysAll = ({ network, preview }: PolicyStatus, checked: Checked): boolean =>
  (network === undefined || isDeepStrictEqual(warningsOf(network), checked.network)) &&
  (preview === undefined || isDeepStrictEqual(previewOf(preview), checked.preview));

const keysOf = ({ network, preview }: Pick<PolicyStatus, 'network' | 'preview'> = {}): Warning[] => [
  ...(network?.warnings ?? []),
  ...(preview?.warnings ?? []),
];

/** The warnings that a status has and an earlier one has not. One of the same rule and reason is the same, in other words. */
export const newWarnings = (before: PolicyStatus | undefined, after: PolicyStatus): Warning[] => {
  const keyOf = ({ rule, reason, message }: Warning): string => JSON.stringify([reason, rule ?? message]);
  const known = new Set(keysOf(before).map(keyOf));
  return keysOf(after).filter((warning) => !known.has(keyOf(warning)));
};

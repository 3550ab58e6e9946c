import type { AuditedRequest } from './request.ts';
import { covers, described, type Right } from './right.ts';

/** Known exceptions. An entry that applies to nothing is an error itself. */
export interface Known {
  /** Agents that are the operator. */
  readonly operator: readonly string[];
  /** Other agents that use its account, and why. */
  readonly others: Readonly<Record<string, string>>;
  /** Rights that the API server checks by itself, as `described`, and the proof that they are needed. */
  readonly unseen: Readonly<Record<string, string>>;
  /** Requests that a test has refused, as `source: verb resource`, and why; `source: *` for all of that source. */
  readonly refused: Readonly<Record<string, string>>;
}

/**
 * Compares the operator's rights with its requests.
 * @param rights all rights for its own work
 * @param options.part the requests are a part of what it calls, so nothing follows from one that is not there
 * @returns missing, unused and wrong rights, a line each
 */
export const faultsOf = (
  rights: readonly Right[],
  requests: readonly AuditedRequest[],
  known: Known,
  { part = false } = {},
): string[] => {
  const own = requests.filter(({ agent }) => known.operator.includes(agent));
  const used = own.filter(({ allowed }) => allowed);
  const refused = own.filter(({ allowed }) => !allowed);
  const isCovered = (request: AuditedRequest) => rights.some((right) => covers(right, request));
  return [
    ...new Set([
      ...requests
        .filter(({ agent }) => !known.operator.includes(agent) && !Object.hasOwn(known.others, agent))
        .map(({ source, agent }) => `${source}: unknown agent ${agent} has the operator's account`),
      ...own
        .filter((request) => !isCovered(request))
        .map((request) => `${request.source}: missing right: ${named(request)}`),
      ...refused
        .filter((request) => isCovered(request) && !isKnown(request, known))
        .map((request) => `${request.source}: refused though a role gives it: ${named(request)}`),
      ...(part ? [] : needless(rights, used, refused, known)),
    ]),
  ].sort();
};

/** Unused rights, and exceptions that apply to nothing. */
const needless = (
  rights: readonly Right[],
  used: readonly AuditedRequest[],
  refused: readonly AuditedRequest[],
  known: Known,
): string[] => {
  const unused = rights.filter((right) => !used.some((request) => covers(right, request)));
  return [
    ...unused
      .filter((right) => !Object.hasOwn(known.unseen, described(right)))
      .map((right) => `unused right of ${right.role}: ${described(right)}`),
    ...Object.keys(known.unseen)
      .filter((text) => !unused.some((right) => described(right) === text))
      .map((text) => `needs no exception, since it is seen or is no right: ${text}`),
    // Not those of a control plane that this run did not start: its file may be in another suite.
    ...Object.keys(known.refused)
      .filter((text) => used.some(({ source }) => source === sourceOf(text)))
      .filter((text) => !refused.some((request) => matches(text, request)))
      .map((text) => `needs no exception, since it is never refused: ${text}`),
  ];
};

/** @param text of an exception, `source: verb resource` */
export const sourceOf = (text: string): string => text.slice(0, text.indexOf(': '));

const named = ({ name, ...request }: AuditedRequest): string => described(name === '' ? request : { ...request, name });

const matches = (text: string, { source, verb, group, resource }: AuditedRequest): boolean =>
  text === `${source}: *` || text === `${source}: ${described({ verb, group, resource })}`;

const isKnown = (request: AuditedRequest, { refused }: Known): boolean =>
  Object.keys(refused).some((text) => matches(text, request));

import { compare, valid } from '@renovatebot/pep440';

/** Versions of Python packages (PEP 440); undefined when one is none. */
export const comparePep440 = (a: string, b: string): number | undefined =>
  valid(a) === null || valid(b) === null ? undefined : compare(a, b);

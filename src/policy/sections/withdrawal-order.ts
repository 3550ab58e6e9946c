import type { SectionName } from '../status/outcome.ts';
import type { Section } from './section.ts';

/**
 * The order in which sections are withdrawn when their policy is deleted: rights go first. network/deletion-order.ts has
 * the order within a section. What is not listed is left to garbage collection.
 */
const WITHDRAWAL_ORDER: readonly SectionName[] = ['Access', 'Network', 'PodSecurity', 'Images'];

export const inWithdrawalOrder = (sections: readonly Section[]): Section[] =>
  WITHDRAWAL_ORDER.flatMap((name) => sections.filter((section) => section.name === name));

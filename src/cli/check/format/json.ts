import type { Checked } from '../find.ts';

export const toJson = ({ findings, policies, unknowns }: Checked, notes: readonly string[]): string =>
  `${JSON.stringify({ policies, findings, unknowns, notes }, null, 2)}\n`;

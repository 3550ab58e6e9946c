import { compareText } from '../../text/compare-text.ts';
import type { Finding } from './finding.ts';
import { compareSeverity } from './severity.ts';

/** Known to be exploited, then more likely to be. */
const compareExploitation = (a: Finding, b: Finding): number =>
  Number(b.knownExploited === true) - Number(a.knownExploited === true) || (b.epss ?? 0) - (a.epss ?? 0);

/** The most severe first, then the most dangerous, then by what identifies a finding. */
export const compareFindings = (a: Finding, b: Finding): number =>
  compareSeverity(a.severity, b.severity) ||
  compareExploitation(a, b) ||
  compareText(a.id, b.id) ||
  compareText(a.package, b.package) ||
  compareText(a.installed, b.installed) ||
  compareText(a.path ?? '', b.path ?? '') ||
  compareText(JSON.stringify(a), JSON.stringify(b));

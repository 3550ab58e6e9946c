import type { ReportingDescriptor } from 'sarif';
import type { Severity } from '../../../api/imagescan.ts';
import { compareText } from '../../../text/compare-text.ts';
import { listedUpTo } from '../../../text/listed.ts';
import { countedOf } from '../../findings/exceptions.ts';
import type { KnownFinding } from '../../findings/finding.ts';
import { recommendations } from '../../findings/recommendation.ts';
import { compareSeverity } from '../../findings/severity.ts';
import type { ReportedImage } from '../model.ts';
import { markdownText } from './markdown-text.ts';
import { plainText } from './plain-text.ts';
import { webAddress } from './web-address.ts';

export const LEVELS = { Critical: 'error', High: 'error', Medium: 'warning', Low: 'note', Unknown: 'note' } as const;

/** In the middle of the CVSS band of each word: GitHub sorts alerts by it, and shows the word of the band. */
const SCORES: Readonly<Record<Severity, string>> = {
  Critical: '9.5',
  High: '8.0',
  Medium: '5.5',
  Low: '2.0',
  Unknown: '0.0',
};

/** GitHub accepts 1024 characters. */
const MAX_DESCRIPTION = 1000;
const MAX_FIX = 300;
const MOST_FIXES = 20;

/** A finding, and what to do about it. */
interface Advised {
  readonly finding: KnownFinding;
  readonly fix: string;
}

const advisedIn = (image: ReportedImage): Advised[] => {
  const advise = recommendations(countedOf(image.judged));
  return image.judged.map(({ finding }) => ({ finding, fix: plainText(advise(finding), MAX_FIX) }));
};

const compareGravest = ({ finding: a }: Advised, { finding: b }: Advised): number =>
  compareSeverity(a.severity, b.severity) ||
  compareText(a.title ?? '', b.title ?? '') ||
  compareText(a.url ?? '', b.url ?? '');

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compareText);

/** `lodash and 3 more packages` */
const namePackages = (same: readonly Advised[]): string =>
  listedUpTo(5, distinct(same.map(({ finding }) => plainText(finding.package, 100))));

/** What the fixes are, a line each, in both forms that SARIF has for the help of a rule. */
const helpOf = (title: string, address: string | undefined, same: readonly Advised[]): ReportingDescriptor['help'] => {
  const fixes = distinct(same.map(({ fix }) => fix));
  const shown = fixes.slice(0, MOST_FIXES);
  const more = fixes.length > shown.length ? [`${fixes.length - shown.length} more: see the results`] : [];
  return {
    text: [
      title,
      '',
      'To fix it:',
      ...[...shown, ...more].map((line) => `- ${line}`),
      ...(address ? ['', address] : []),
    ].join('\n'),
    markdown: [
      `**${markdownText(title)}**`,
      '',
      'To fix it:',
      '',
      ...[...shown, ...more].map((line) => `- ${markdownText(line)}`),
      ...(address ? ['', `<${address}>`] : []),
    ].join('\n'),
  };
};

/** As its most severe finding shows it. */
const toRule = (id: string, same: readonly Advised[]): ReportingDescriptor => {
  const { title: given, url, severity } = same.toSorted(compareGravest)[0]!.finding;
  const address = webAddress(url);
  const title = plainText(given ?? '', MAX_DESCRIPTION) || plainText(id, MAX_DESCRIPTION) || '-';
  const full = `${id}, ${severity}: ${title}. Packages: ${namePackages(same)}.`;
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: plainText(full, MAX_DESCRIPTION) },
    help: helpOf(title, address, same),
    ...(address !== undefined && { helpUri: address }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      'security-severity': SCORES[severity],
      precision: 'very-high',
      tags: ['security', 'vulnerability', severity.toLowerCase()],
    },
  };
};

/** A rule for each vulnerability, sorted by its identifier. @param ids of the rules to write */
export const toRules = (images: readonly ReportedImage[], ids: ReadonlySet<string>): ReportingDescriptor[] => {
  const advised = images.flatMap(advisedIn).filter(({ finding }) => ids.has(finding.id));
  return [...Map.groupBy(advised, ({ finding }) => finding.id)]
    .sort(([a], [b]) => compareText(a, b))
    .map(([id, same]) => toRule(id, same));
};

import { plural } from '../../../text/plural.ts';
import { countedOf } from '../../findings/exceptions.ts';
import { isFixable, oldestFixable } from '../../findings/fixable.ts';
import { describeCounts, SEVERITIES, type SeverityCounts } from '../../findings/severity.ts';
import { hasHistory, isImageCompliant, judgmentOf, lastOf, type ScanReport } from '../model.ts';
import {
  type Action,
  acceptedOf,
  actionsOf,
  countsOf,
  describePlaces,
  distinctImages,
  type Place,
  placesOf,
  scanName,
  totalsOf,
  unfixedOf,
  unknownsOf,
  worstFirst,
} from './html-facts.ts';
import { html, Markup, NOTHING } from './html-markup.ts';
import { POLICY, STYLE } from './html-style.ts';
import { describeSource } from './image-source.ts';
import { verdict, WITHOUT_FIX } from './table.ts';

const MOST_ACTIONS = 15;
const MOST_IMAGES = 30;
const MOST_UNKNOWN = 100;
const MOST_VERDICTS = 100;

const day = (time = ''): string => time.slice(0, 10);

/** Says how many are not shown. */
const more = (all: readonly unknown[], most: number, noun: string): Markup =>
  all.length > most
    ? html`<p>${plural(all.length - most, `further ${noun}`)} not shown here: palisade report -o table has all.</p>`
    : NOTHING;

const classOf = (report: ScanReport): string =>
  ({ true: 'good', false: 'bad', undefined: 'unsure' })[String(judgmentOf(report)) as 'true' | 'false' | 'undefined'];

/** Those that are not compliant first, then those that are not known to be. */
const VERDICTS = ['bad', 'unsure', 'good'];

const verdicts = (reports: readonly ScanReport[]): Markup => {
  const classed = reports
    .map((report) => ({ report, kind: classOf(report) }))
    .sort((a, b) => VERDICTS.indexOf(a.kind) - VERDICTS.indexOf(b.kind));
  const lines = classed.map(
    ({ report, kind }) => html`<p class="verdict ${kind}">ImageScan ${scanName(report)}: ${verdict(report)}</p>\n`,
  );
  return html`${lines.slice(0, MOST_VERDICTS)}${more(lines, MOST_VERDICTS, 'ImageScan')}`;
};

/** The images about which there is something to say, with it: once, if several ImageScans say the same. */
const remarks = (places: readonly Place[], of: (image: Place['image']) => string[]): Markup[] => {
  const items = places
    .map(({ image }) => ({ image, lines: of(image) }))
    .filter(({ lines }) => lines.length > 0)
    .map(
      ({ image, lines }) =>
        html`<li><strong>${image.reference}</strong> (${image.platform}): ${lines.join('; ')}</li>\n`.text,
    );
  return [...new Set(items)].map((text) => new Markup(text));
};

const list = (items: readonly Markup[]): Markup => html`<ul>
${items.slice(0, MOST_UNKNOWN)}</ul>
${more(items, MOST_UNKNOWN, 'image')}`;

const accepted = (places: readonly Place[]): Markup => {
  const items = remarks(places, acceptedOf);
  return items.length === 0 ? NOTHING : html`<p>Not looked at, and accepted by spec.acceptUnknown:</p>${list(items)}`;
};

const unknowns = (places: readonly Place[]): Markup => {
  const items = remarks(places, unknownsOf);
  if (places.length === 0) return html`<div class="box"><p>There are no images: nothing was scanned.</p></div>`;
  if (items.length === 0) {
    return html`<div class="box"><p>Every image has a current result, and nothing in it was left out that counts.</p>${accepted(places)}</div>`;
  }
  const all = places.map(({ image }) => image);
  const unknown = distinctImages(all.filter((image) => unknownsOf(image).length > 0));
  const subject = `${plural(unknown, 'image')} of ${distinctImages(all)} ${unknown === 1 ? 'is' : 'are'}`;
  return html`<div class="box unsure"><p>${subject} not fully known. The figures below do not contain what is not known.</p>
${list(items)}${accepted(places)}</div>`;
};

const hasEarlierScans = (places: readonly Place[]): boolean => places.some(({ report }) => hasHistory(report));

const bar = (counts: SeverityCounts): Markup => {
  const all = SEVERITIES.reduce((sum, severity) => sum + counts[severity], 0);
  if (all === 0) return NOTHING;
  const label = `Findings by severity: ${describeCounts(counts)}`;
  let x = 0;
  const parts = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) => {
    const width = (100 * counts[severity]) / all;
    const part = html`<rect class="${severity.toLowerCase()}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return part;
  });
  return html`<svg role="img" aria-label="${label}" viewBox="0 0 100 10" preserveAspectRatio="none">${parts}</svg>`;
};

const summary = (places: readonly Place[]): Markup => {
  const { images, scans, counts, blocking, fixable, suppressed, fresh } = totalsOf(places);
  const rows: [string, number][] = [
    ['Findings that block', blocking],
    ...SEVERITIES.map((severity): [string, number] => [severity, counts[severity]]),
    ['With a fix', fixable],
    ...(hasEarlierScans(places) ? [['New since the scan before', fresh] as [string, number]] : []),
    ['Suppressed by exceptions', suppressed],
  ];
  return html`${bar(counts)}
<table class="narrow"><caption>Findings in ${plural(images, 'image')}${scans > 1 ? html` of ${scans} ImageScans` : NOTHING}. A finding in two images${scans > 1 ? html`, or in an image of two ImageScans,` : NOTHING} counts twice.</caption>
<thead><tr><th scope="col">Findings</th><th scope="col">Number</th></tr></thead>
<tbody>
${rows.map(([name, number]) => html`<tr><th scope="row">${name}</th><td class="number">${number}</td></tr>\n`)}</tbody></table>`;
};

const items = (all: readonly Action[]): Markup =>
  html`${all.slice(0, MOST_ACTIONS).map((action) => html`<li><strong>${action.text}</strong><br>in ${describePlaces(action)}</li>\n`)}`;

const changes = (all: readonly Action[]): Markup => {
  if (all.length === 0) return NOTHING;
  return html`<ol>
${items(all)}</ol>
${more(all, MOST_ACTIONS, 'change')}`;
};

const withoutFix = (all: readonly Action[]): Markup => {
  if (all.length === 0) return NOTHING;
  return html`<p>Blocking findings without a fix: ${WITHOUT_FIX}.</p>
<ul>
${items(all)}</ul>
${more(all, MOST_ACTIONS, 'package')}`;
};

const actions = (places: readonly Place[]): Markup => {
  const all = actionsOf(places);
  const unfixed = unfixedOf(places);
  if (all.length + unfixed.length === 0) return html`<p>Nothing: there is no blocking finding.</p>`;
  return html`${changes(all)}${withoutFix(unfixed)}`;
};

const stateOfImage = ({ image, report }: Place): string => {
  const compliant = isImageCompliant(image, report);
  if (compliant === false) return 'not compliant';
  return compliant === undefined || unknownsOf(image).length > 0 ? 'not known' : 'compliant';
};

const imageRow = (place: Place, since: boolean): Markup => {
  const { image, report } = place;
  const counts = countsOf(image);
  const counted = countedOf(image.judged);
  return html`<tr><th scope="row">${image.reference} (${image.platform})</th><td>${scanName(report)}</td><td>${stateOfImage(place)}</td><td>${describeSource(image)}</td>${SEVERITIES.map((severity) => html`<td class="number">${counts[severity]}</td>`)}<td class="number">${counted.filter(isFixable).length}</td>${since ? html`<td class="number">${counted.filter(({ isNew }) => isNew).length}</td><td>${day(oldestFixable(counted)) || 'none'}</td>` : NOTHING}</tr>\n`;
};

const HEADINGS = ['Image', 'ImageScan', 'State', 'Source', ...SEVERITIES, 'With a fix'];
/** Where earlier scans are known. */
const SINCE = ['New', 'Oldest fix since'];

const images = (places: readonly Place[]): Markup => {
  const worst = worstFirst(places);
  if (worst.length === 0) return html`<p>No image has a result.</p>`;
  const since = hasEarlierScans(places);
  return html`<div class="wide" role="region" aria-label="Images, the worst first" tabindex="0"><table><caption>Images, the worst first, with the findings that count</caption>
<thead><tr>${[...HEADINGS, ...(since ? SINCE : [])].map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${worst.slice(0, MOST_IMAGES).map((place) => imageRow(place, since))}</tbody></table></div>
${more(worst, MOST_IMAGES, 'image')}`;
};

const scanners = (places: readonly Place[]): string =>
  [
    ...new Set(
      places.flatMap(({ image: { report } }) =>
        report ? [`${report.scanner.name} ${report.scanner.version}, database of ${report.database.updatedAt}`] : [],
      ),
    ),
  ]
    .sort()
    .join('; ');

/** One page without scripts and network access, for people: what is not known comes first. Ends in a newline. */
export const toHtml = (reports: readonly ScanReport[]): string => {
  const places = placesOf(reports);
  const [only] = reports;
  const title = only !== undefined && reports.length === 1 ? `Images of ${scanName(only)}` : 'Images of all namespaces';
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${verdicts(reports)}<p>As of ${lastOf(reports)}.</p>
</header>
<main>
<section aria-labelledby="unknown"><h2 id="unknown">What is not known</h2>
${unknowns(places)}</section>
<section aria-labelledby="summary"><h2 id="summary">Summary</h2>
${summary(places)}</section>
<section aria-labelledby="first"><h2 id="first">What to do first</h2>
${actions(places)}</section>
<section aria-labelledby="images"><h2 id="images">Images</h2>
${images(places)}</section>
</main>
<footer><p>Palisade${scanners(places) ? html`, scanned by ${scanners(places)}` : NOTHING}.</p></footer>
</body>
</html>
`;
  return page.text;
};

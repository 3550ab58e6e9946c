import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toHtml } from '../../../../src/scan/report/format/html.ts';
import { html, Markup } from '../../../../src/scan/report/format/html-markup.ts';
import { toScanReport } from '../../../../src/scan/report/model.ts';
import { known } from '../../findings/known-finding.ts';
import { EMPTY, INPUT, SAMPLE, SOURCES } from '../sample-report.ts';

test('a template escapes every value that is no markup', () => {
  assert.is(
    html`<p title="${`"'<&>`}">${3}${new Markup('<br>')}${[html`<b>${'<'}</b>`]}</p>`.text,
    '<p title="&quot;&#39;&lt;&amp;&gt;">3<br><b>&lt;</b></p>',
  );
});

test('the policy allows the one style, by its hash, and nothing else', () => {
  const page = toHtml([SAMPLE]);
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  assert.is(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
  assert.not.match(page, / style=/);
});

const pageOf = (change: object): string =>
  toHtml([toScanReport({ ...INPUT, images: [{ ...SOURCES[0]!, ...change }] })]);
const report = SOURCES[0]!.report!;

test('an image that was not looked at in full is said first', () => {
  const gaps = [
    { kind: 'UnidentifiedJars', message: '3 jars are not identified: set --trivy-java-db-repository' } as const,
  ];
  const page = pageOf({ report: { ...report, findings: [], coverage: { sources: [], gaps } } });
  assert.match(page, 'UnidentifiedJars: 3 jars are not identified');
  assert.match(page, 'compliance not known: 1 image with packages that were not looked at');
  assert.ok(page.indexOf('UnidentifiedJars') < page.indexOf('<h2 id="summary">'));
  assert.match(
    pageOf({ report: { ...report, coverage: { sources: [], gaps: [] } } }),
    'Every image has a current result',
  );
});

test('the trend counts findings that the scan before did not have', () => {
  const findings = [known({ id: 'CVE-1', isNew: true }), known({ id: 'CVE-2' })];
  assert.match(pageOf({ report: { ...report, findings } }), 'New since the scan before</th><td class="number">1<');
});

test('changes are ordered by what they remove, and equal ones of several images are one', () => {
  const images = [1, 2].map((n) => ({ ...SOURCES[0]!, reference: `registry.example.com/app:${n}` }));
  const page = toHtml([toScanReport({ ...INPUT, images })]);
  assert.equal(
    [...page.matchAll(/<li><strong>([^<]*)<\/strong><br>in ([^<:]*)/g)].map(([, what, where]) => [what, where]),
    [
      ['openssl 3.0.15-1~deb12u1 -&gt; 3.0.17-1~deb12u3 (1 Critical)', '2 images'],
      ['lodash 4.17.20 -&gt; 4.17.21 (1 High)', '2 images'],
    ],
  );
});

test('an image of two ImageScans is one image, and pods that run several images are not added up', () => {
  const scans = ['nightly', 'weekly'].map((name) =>
    toScanReport({ ...INPUT, scan: { ...INPUT.scan, name }, images: [SOURCES[0]!, SOURCES[1]!] }),
  );
  const page = toHtml(scans);
  assert.match(
    page,
    'Findings in 2 images of 2 ImageScans. A finding in two images, or in an image of two ImageScans,',
  );
  assert.match(page, 'in 1 image: registry.example.com:5000/payments/api:1.2</li>');
  assert.match(page, '2 images of 2 are not fully known.');
  assert.is(page.split('<li><strong>nginx:1.27</strong>').length, 2, 'what is not known of an image is said once');
  assert.not.match(page, /pods? run/);
});

test('without earlier scans nothing is called new, and no fix has waited', () => {
  const { uid: _, ...scan } = INPUT.scan;
  const images = [SOURCES[0]!];
  const page = (of: object) => toHtml([toScanReport({ ...INPUT, images, ...of })]);
  const words = ['New since the scan before', '<th scope="col">New</th>', '<th scope="col">Oldest fix since</th>'];
  for (const word of words) {
    assert.match(page({}), word);
    assert.not.match(page({ scan }), word);
  }
});

test('blocking findings without a fix are said beside the changes, and without any there is nothing to do', () => {
  const first = (findings: object[]) => {
    const page = toHtml([
      toScanReport({ ...INPUT, spec: {}, images: [{ ...SOURCES[0]!, report: { ...report, findings } as never }] }),
    ]);
    return /<h2 id="first">.*?<\/section>/s.exec(page)?.[0] ?? '';
  };
  const unfixed = known({ id: 'CVE-1', package: 'zlib1g', fixed: [], severity: 'Critical' });
  const fixed = known({ id: 'CVE-2', package: 'curl', installed: '1', fixed: ['2'], severity: 'Critical' });
  const both = first([unfixed, fixed]);
  assert.match(both, '<strong>curl 1 -&gt; 2 (1 Critical)</strong>');
  assert.match(both, 'Blocking findings without a fix: use an image without it, or accept it');
  assert.match(both, '<strong>no fix yet: zlib1g 1.0-1 (1 Critical)</strong>');
  assert.match(first([unfixed]), 'no fix yet: zlib1g');
  assert.match(first([]), 'Nothing: there is no blocking finding.');
});

test('an outdated result is said first, and nothing is called compliant by it', () => {
  const database = { updatedAt: '2026-11-04T00:00:00Z' };
  const page = pageOf({ report: { ...report, database, findings: [], coverage: { sources: [], gaps: [] } } });
  assert.match(
    page,
    'class="verdict unsure">ImageScan payments/nightly: compliance not known: 1 image with an outdated result',
  );
  assert.ok(page.indexOf('vulnerability database of 2026-11-04T00:00:00Z') < page.indexOf('<h2 id="summary">'));
  assert.match(page, '<td>not known</td>');
});

test('images of one name are told apart by their platforms', () => {
  const images = ['linux/amd64', 'linux/arm64'].map((platform) => ({ ...SOURCES[0]!, platform }));
  const page = toHtml([toScanReport({ ...INPUT, images })]);
  for (const { reference, platform } of images) assert.match(page, `<th scope="row">${reference} (${platform})</th>`);
});

test('a long list is cut, and says how much is left', () => {
  const images = Array.from({ length: 200 }, (_, n) => ({
    ...SOURCES[0]!,
    reference: `registry.example.com/app:${n}`,
  }));
  assert.match(toHtml([toScanReport({ ...INPUT, images })]), '170 further images not shown here');
});

test('without images the page says so', () => {
  const page = toHtml([EMPTY]);
  assert.match(page, 'There are no images: nothing was scanned.');
  assert.match(page, 'No image has a result.');
  assert.not.match(page, 'Every image has a result');
});

test('many ImageScans make no long page, and those that are not compliant come first', () => {
  const [api, , pending] = SOURCES;
  const reports = Array.from({ length: 2000 }, (_, n) =>
    toScanReport({
      ...INPUT,
      scan: { namespace: `team-${n}`, name: 'nightly' },
      images: n === 1999 ? [api!] : n === 1998 ? [pending!] : [],
    }),
  );
  const page = toHtml(reports);
  assert.equal(
    [...page.matchAll(/class="verdict (\w+)"/g)].slice(0, 3).map(([, kind]) => kind),
    ['bad', 'unsure', 'good'],
  );
  assert.match(page, '1900 further ImageScans not shown here');
  assert.ok(page.length < 30_000, `${page.length}`);
});

test.run();

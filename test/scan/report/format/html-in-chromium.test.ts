// suite: tools
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toHtml } from '../../../../src/scan/report/format/html.ts';
import { type ScanReport, toScanReport } from '../../../../src/scan/report/model.ts';
import { Chromium } from '../../../harness/chromium.ts';
import { known } from '../../findings/known-finding.ts';
import { EMPTY, INPUT, SAMPLE, SOURCES } from '../sample-report.ts';

const ATTACK = `"><script>window.attacked = 1</script><img src="http://127.0.0.1:9/x" onerror="window.attacked = 1"><style>body { display: none }</style></title><base href="http://127.0.0.1:9/">'<a href="javascript:window.attacked = 1">`;

/** Every text of others is an attack. */
const HOSTILE: ScanReport = toScanReport({
  ...INPUT,
  images: [
    {
      ...SOURCES[0]!,
      reference: `registry.example.com/a:1${ATTACK}`,
      platform: ATTACK,
      failure: { reason: 'Unauthorized', message: ATTACK },
      report: {
        ...SOURCES[0]!.report!,
        scanner: { name: ATTACK, version: ATTACK },
        os: { family: ATTACK, version: ATTACK, endOfLife: true },
        findings: [
          known({
            id: ATTACK,
            package: ATTACK,
            installed: ATTACK,
            fixed: [ATTACK],
            severity: 'Critical',
            title: ATTACK,
          }),
        ],
      },
    },
  ],
});

const test = suite<{ directory: string; browser: Chromium; axe: string }>('the HTML report in a real browser');

test.before(async (stage) => {
  stage.directory = await mkdtemp(join(tmpdir(), 'palisade-html-'));
  stage.axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  stage.browser = await Chromium.start();
});

test.after(async ({ directory, browser }) => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

const open = async (browser: Chromium, directory: string, reports: readonly ScanReport[]): Promise<void> => {
  const file = join(directory, 'report.html');
  await writeFile(file, toHtml(reports));
  await browser.open(pathToFileURL(file).href);
};

const pages: [name: string, reports: readonly ScanReport[]][] = [
  ['a report', [SAMPLE]],
  ['an empty report', [EMPTY]],
  ['several reports', [SAMPLE, { ...EMPTY, scan: { namespace: 'accounts', name: 'weekly' } }]],
  ['a hostile report', [HOSTILE]],
];

for (const [name, reports] of pages) {
  test(`${name} loads nothing, runs nothing, and has nothing to report`, async ({ browser, directory }) => {
    await open(browser, directory, reports);
    const requests = browser.events.filter(({ method }) => method === 'Network.requestWillBeSent');
    assert.is(requests.length, 1, 'only the file itself');
    const said = browser.events.filter(
      ({ method }) => method === 'Log.entryAdded' || method === 'Runtime.consoleAPICalled',
    );
    assert.equal(said, [], 'no violation of its Content-Security-Policy');
    assert.is(await browser.evaluate('typeof window.attacked'), 'undefined');
    assert.is(
      await browser.evaluate("document.querySelectorAll('script, img, base, a, iframe, link, body style').length"),
      0,
    );
    assert.is(await browser.evaluate('document.querySelectorAll("style").length'), 1);
  });

  for (const scheme of ['light', 'dark']) {
    test(`${name} is accessible by axe-core, ${scheme}`, async ({ browser, directory, axe }) => {
      await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await open(browser, directory, reports);
      await browser.evaluate(axe);
      const found = await browser.evaluate<{ violations: object[]; contrasts: number }>(
        'axe.run().then(({ violations, passes }) => ({ violations: violations.map(({ id, nodes }) => ({ id, html: nodes.map((node) => node.html + node.failureSummary) })), contrasts: passes.filter(({ id }) => id === "color-contrast").length }))',
      );
      assert.equal(found, { violations: [], contrasts: 1 });
      const background = await browser.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.is(background, scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 26)');
    });
  }

  test(`${name} fits on a telephone`, async ({ browser, directory }) => {
    await browser.send('Emulation.setDeviceMetricsOverride', {
      width: 360,
      height: 800,
      deviceScaleFactor: 1,
      mobile: true,
    });
    await open(browser, directory, reports);
    const [content, window] = await browser.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    await browser.send('Emulation.clearDeviceMetricsOverride');
    assert.ok(content <= window, `${content} > ${window}`);
  });
}

test('people read first what is not known, then what to do', async ({ browser, directory }) => {
  await open(browser, directory, [SAMPLE]);
  const text = await browser.evaluate<string>('document.body.innerText');
  const order = [
    'ImageScan payments/nightly: not compliant: 2 blocking findings',
    'What is not known',
    '3 images of 3 are not fully known',
    'Summary',
    'What to do first',
    'openssl 3.0.15-1~deb12u1 -> 3.0.17-1~deb12u3 (1 Critical)',
    'lodash 4.17.20 -> 4.17.21 (1 High)',
    'Images, the worst first',
  ].map((line) => text.indexOf(line));
  assert.equal(
    order,
    order.toSorted((a, b) => a - b),
    text,
  );
  assert.ok(order[0]! >= 0, text);
});

test('what an attack says is shown as text', async ({ browser, directory }) => {
  await open(browser, directory, [HOSTILE]);
  assert.match(await browser.evaluate<string>('document.body.innerText'), '<script>window.attacked = 1</script>');
  const { data } = await browser.send('Page.captureScreenshot', { format: 'png' });
  assert.ok(Buffer.from(data as string, 'base64').length > 5000, 'something is to be seen');
});

test.run();

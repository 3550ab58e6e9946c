// suite: tools
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildGraph } from '../../../../src/cli/graph/build-graph.ts';
import { toHtml } from '../../../../src/cli/graph/format/html.ts';
import { toMermaid } from '../../../../src/cli/graph/format/mermaid.ts';
import { toSvg } from '../../../../src/cli/graph/format/svg.ts';
import { Reach } from '../../../../src/reach/reach.ts';
import type { World } from '../../../../src/reach/world.ts';
import { Chromium } from '../../../harness/chromium.ts';
import { FIFTY, HOSTILE, SHOP } from '../worlds.ts';

interface Stage {
  readonly directory: string;
  readonly browser: Chromium;
  readonly axe: string;
}

const test = suite<{ -readonly [Key in keyof Stage]: Stage[Key] }>('the graph in a real browser');

test.before(async (stage) => {
  stage.directory = await mkdtemp(join(tmpdir(), 'palisade-graph-'));
  stage.axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  stage.browser = await Chromium.start();
});

test.after(async ({ directory, browser }) => {
  await browser?.close();
  await rm(directory, { recursive: true, force: true });
});

const graphOf = (world: World) => buildGraph(new Reach(world));

const open = async ({ browser, directory }: Stage, name: string, text: string): Promise<void> => {
  const file = join(directory, name);
  await writeFile(file, text);
  await browser.open(pathToFileURL(file).href);
};

const press = async (browser: Chromium, key: string): Promise<void> => {
  const of = { key, code: key, windowsVirtualKeyCode: key === 'Tab' ? 9 : 27 };
  await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', ...of });
  await browser.send('Input.dispatchKeyEvent', { type: 'keyUp', ...of });
};

const worlds: [name: string, world: World][] = [
  ['a shop', SHOP],
  ['50 workloads', FIFTY],
  ['hostile names', HOSTILE],
];

for (const [name, world] of worlds) {
  test(`${name}: the page loads nothing, and nothing of others runs`, async (stage) => {
    const { browser } = stage;
    const notes = [world.namespaces[0]!.name];
    await open(stage, 'graph.html', toHtml(graphOf(world), notes));
    const requests = browser.events.filter(({ method }) => method === 'Network.requestWillBeSent');
    assert.is(requests.length, 1, 'only the file itself');
    const said = browser.events.filter(({ method = '' }) =>
      ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(method),
    );
    assert.equal(said, [], 'no violation of its Content-Security-Policy, and no error of its script');
    assert.is(await browser.evaluate('typeof window.attacked'), 'undefined');
    const counted =
      "['script', 'style', 'svg', 'img, base, a, iframe, link'].map((s) => document.querySelectorAll(s).length)";
    assert.equal(await browser.evaluate(counted), [1, 1, 1, 0]);
  });

  for (const scheme of ['light', 'dark'])
    test(`${name}: accessible by axe-core, ${scheme}`, async (stage) => {
      const { browser, axe } = stage;
      await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
      await open(stage, 'graph.html', toHtml(graphOf(world), ['a note']));
      await browser.evaluate(axe);
      const violations = await browser.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => ({ id, html: nodes.map((node) => node.html + node.failureSummary) })))',
      );
      assert.equal(violations, []);
      const background = await browser.evaluate<string>(
        "getComputedStyle(document.querySelector('svg')).backgroundColor",
      );
      assert.is(background, scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 26)');
    });

  test(`${name}: every text is large enough and within its box, and no box covers another`, async (stage) => {
    await open(stage, 'graph.html', toHtml(graphOf(world), []));
    const problems = await stage.browser.evaluate(`(() => {
      const rect = (element) => element.getBoundingClientRect();
      const nodes = [...document.querySelectorAll('.node')];
      const boxes = nodes.map((node) => rect(node.querySelector('rect')));
      const wide = nodes.flatMap((node, n) => [...node.querySelectorAll('text')]
        .filter((text) => rect(text).left < boxes[n].left || rect(text).right > boxes[n].right).map((text) => text.textContent));
      const small = [...document.querySelectorAll('svg text')].filter((text) => rect(text).height < 12).map((text) => text.textContent);
      const covered = boxes.flatMap((a, n) => boxes.slice(n + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
      const outside = boxes.filter((box) => box.left < rect(document.querySelector('svg')).left || box.top < rect(document.querySelector('svg')).top);
      return { wide, small, covered: covered.length, outside: outside.length, nodes: nodes.length };
    })()`);
    assert.equal(problems, { wide: [], small: [], covered: 0, outside: 0, nodes: graphOf(world).nodes.length });
  });

  test(`${name}: the SVG alone is well-formed, and the browser draws it`, async (stage) => {
    await open(stage, 'graph.svg', toSvg(graphOf(world)));
    const found = await stage.browser.evaluate(
      "[document.documentElement.localName, document.querySelectorAll('parsererror, script, img').length, document.querySelectorAll('.node').length]",
    );
    assert.equal(found, ['svg', 0, graphOf(world).nodes.length]);
  });

  test(`${name}: Mermaid reads the flowchart, with every node and line`, async (stage) => {
    const { browser } = stage;
    const graph = graphOf(world);
    await open(stage, 'empty.html', '<!doctype html><title>Mermaid</title><body></body>');
    await browser.evaluate(await readFile(new URL(import.meta.resolve('@mermaid-js/tiny')), 'utf8'));
    await browser.evaluate("mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' })");
    const drawn = await browser.evaluate<{ nodes: number; edges: number; text: string }>(`mermaid
      .render('picture', ${JSON.stringify(toMermaid(graph))}).then(({ svg }) => {
        document.body.innerHTML = svg;
        const count = (selector) => document.querySelectorAll(selector).length;
        return { nodes: count('g.node'), edges: count('.edgePaths path'), text: document.body.textContent };
      })`);
    assert.equal([drawn.nodes, drawn.edges], [graph.nodes.length, graph.edges.length]);
    for (const { label } of graph.nodes) assert.match(drawn.text, label);
    assert.is(await browser.evaluate('typeof window.attacked'), 'undefined');
  });
}

test('the node with the focus, or under the pointer, shows its lines alone', async (stage) => {
  const { browser } = stage;
  const graph = graphOf(SHOP);
  await open(stage, 'graph.html', toHtml(graph, []));
  const lit = () =>
    browser.evaluate<(boolean | string)[]>(
      "[document.querySelector('svg').classList.contains('lit'), document.activeElement.dataset?.id ?? '', [...document.querySelectorAll('.edge.on')].map(({ dataset }) => dataset.from + dataset.to).join()]",
    );
  const linesOf = (id: string) =>
    graph.edges
      .filter(({ from, to }) => from === id || to === id)
      .map(({ from, to }) => from + to)
      .join();
  assert.equal(await lit(), [false, '', '']);
  // The checkbox and the region of the picture come before.
  for (const _ of Array(3)) await press(browser, 'Tab');
  assert.equal(await lit(), [true, 'n0', linesOf('n0')]);
  await press(browser, 'Escape');
  assert.equal(await lit(), [false, '', '']);
  const [x, y] = await browser.evaluate<[number, number]>(
    "(() => { const { x, y } = document.querySelector('[data-id=n2] rect').getBoundingClientRect(); return [x + 5, y + 5]; })()",
  );
  await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
  assert.equal(await lit(), [true, '', linesOf('n2')]);
  await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 1, y: 1 });
  assert.equal(await lit(), [false, '', '']);
});

test('what an attack says is shown as text', async (stage) => {
  await open(stage, 'graph.html', toHtml(graphOf(HOSTILE), []));
  assert.match(await stage.browser.evaluate<string>('document.body.innerText'), '<script>window.attacked = 1</script>');
});

test.run();

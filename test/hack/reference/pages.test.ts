import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eventsPage, flagsPage, indexPage, metricsPage } from '../../../hack/reference/pages.ts';

test('the page of flags has a row for each flag and variable', () => {
  const setting = {
    flag: 'size',
    variable: 'PALISADE_SIZE',
    placeholder: 'size',
    default: '2Gi',
    description: 'limit',
    parse: String,
  };
  const page = flagsPage([setting], { HOME: 'home of *all*' });
  assert.match(page, '| `--size`<br>`PALISADE_SIZE` | 2Gi | limit |');
  assert.match(page, '| `HOME` | home of \\*all\\* |');
});

test('the page of metrics has a row for each, by name, and lists label values once', () => {
  const kinds = new Map([
    ['kind', ['x', 'y']],
    ['code', ['200']],
  ]);
  const page = metricsPage(
    [
      { name: 'c_total', type: 'counter', help: 'Cs', labelNames: ['kind'] },
      { name: 'b_total', type: 'counter', help: 'Bs', labelNames: ['kind', 'code'] },
      { name: 'a', type: 'gauge', help: 'As', labelNames: [] },
    ],
    new Map([
      ['b_total', kinds],
      ['c_total', kinds],
    ]),
  );
  assert.match(page, '| `a` | gauge |  | As |\n| `b_total` | counter | `kind`, `code` | Bs |\n| `c_total` |');
  assert.match(page, '| --- | --- | --- |\n| `kind` | `x`, `y` | `b_total`<br>`c_total` |\n');
});

test('the page of Events has the Events of both kinds, with cures', () => {
  const page = eventsPage(
    { Made: { type: 'Normal', meaning: 'made' } },
    { Broken: { type: 'Warning', meaning: 'broken', cure: 'mend it' } },
  );
  assert.match(page, /On a ContainerSecurityPolicy\n[^#]*\| `Made` \| Normal \| made \| {2}\|\n/);
  assert.match(page, /On an ImageScan\n[^#]*\| `Broken` \| Warning \| broken \| mend it \|\n/);
});

test('the index has a line for each page', () => {
  assert.match(indexPage([['a.md', 'all about a']]), '\n- [a](a.md): all about a\n');
});

test.run();

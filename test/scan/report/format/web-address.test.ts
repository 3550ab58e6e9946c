import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { webAddress } from '../../../../src/scan/report/format/web-address.ts';

const rows: [text: string | undefined, address: string | undefined][] = [
  ['https://avd.aquasec.com/nvd/cve-2024-1', 'https://avd.aquasec.com/nvd/cve-2024-1'],
  ['http://example.com/a b\u202e', 'http://example.com/a%20b%E2%80%AE'],
  ['javascript:alert(1)', undefined],
  ['file:///etc/passwd', undefined],
  ['data:text/html,x', undefined],
  ['/relative', undefined],
  ['', undefined],
  [undefined, undefined],
];

for (const [text, address] of rows) {
  test(`${JSON.stringify(text)}`, () => assert.is(webAddress(text), address));
}

test.run();

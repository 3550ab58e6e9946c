import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseApiServer } from '../../../src/cli/render/api-server.ts';

test('addresses that share a port are grouped, as in the operator', () => {
  assert.equal(parseApiServer('10.0.0.2/32:6443, 10.0.0.1/32:6443,10.96.0.1/32:443,fd00::1/128:6443'), [
    { cidrs: ['10.96.0.1/32'], ports: [{ protocol: 'TCP', port: 443 }] },
    { cidrs: ['10.0.0.1/32', '10.0.0.2/32', 'fd00::1/128'], ports: [{ protocol: 'TCP', port: 6443 }] },
  ]);
});

const refused = [
  '',
  '10.0.0.1:6443',
  '10.0.0.0/24:6443',
  '0.0.0.0/0:443',
  'fd00::1:6443',
  '10.0.0.1/32',
  '10.0.0.1/32:0',
  '10.0.0.1/32:65536',
  'api/32:443',
];

for (const entry of refused) {
  test(`"${entry}" is refused`, () => {
    assert.throws(
      () => parseApiServer(`10.0.0.9/32:6443,${entry}`),
      (e: Error) =>
        e.message ===
        `"${entry}" is not an API server address: use a single address and its port, as in 10.0.0.1/32:6443 or fd00::1/128:6443`,
    );
  });
}

test.run();

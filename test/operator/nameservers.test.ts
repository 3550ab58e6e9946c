import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseNameservers, podNameservers } from '../../src/operator/nameservers.ts';

const rows: [what: string, text: string, nameservers: string[]][] = [
  ['nothing', '', []],
  [
    'as kubelet writes it',
    'search shop.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    ['10.96.0.10'],
  ],
  [
    'several, one of them twice',
    'nameserver 10.96.0.10\nnameserver fd00::a\nnameserver 10.96.0.10\n',
    ['10.96.0.10', 'fd00::a'],
  ],
  ['tabs, blanks and the end of a line of Windows', ' nameserver\t169.254.20.10 \r\n', ['169.254.20.10']],
  ['comments', '# nameserver 10.0.0.1\n;nameserver 10.0.0.2\n', []],
  ['no address', 'nameserver dns.example.com\nnameserver\nnameservers 10.0.0.1\n', []],
  ['a stub on the host', 'nameserver 127.0.0.53\nnameserver ::1\nnameserver 0.0.0.0\nnameserver ::\n', []],
  ['IPv4 as IPv6', 'nameserver ::ffff:10.0.0.10\nnameserver 0:0:0:0:0:FFFF:a00:a\n', []],
  ['the resolver of a cloud', 'nameserver 169.254.169.254\nnameserver fd00::2\n', ['169.254.169.254', 'fd00::2']],
  ['an address of one interface', 'nameserver fe80::1%eth0\n', []],
];

for (const [what, text, nameservers] of rows) {
  test(what, () => assert.equal(parseNameservers(text), nameservers));
}

test('outside a pod the file says nothing about the cluster', async () => {
  assert.equal(await podNameservers({}), []);
});

test.run();

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AddressKind, addressKind, isLoopback } from '../../../src/scan/registry/address.ts';

const ADDRESSES: readonly [string, AddressKind][] = [
  ['8.8.8.8', 'public'],
  ['1.1.1.1', 'public'],
  ['104.18.121.25', 'public'],
  ['9.255.255.255', 'public'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['192.167.255.255', 'public'],
  ['192.169.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.128.0.0', 'public'],
  ['169.253.255.255', 'public'],
  ['169.255.0.0', 'public'],
  ['126.255.255.255', 'public'],
  ['128.0.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['2606:4700::6810:1', 'public'],
  ['2a00:1450:4001::1', 'public'],

  ['10.0.0.0', 'private'],
  ['10.255.255.255', 'private'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['192.168.255.255', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['192.0.2.1', 'private'],
  ['198.18.0.1', 'private'],
  ['240.0.0.1', 'private'],
  ['fc00::1', 'private'],
  ['fdff:ffff::1', 'private'],
  ['fec0::1', 'private'],
  ['2001:db8::1', 'private'],

  ['127.0.0.1', 'local'],
  ['127.255.255.254', 'local'],
  ['0.0.0.0', 'local'],
  ['0.1.2.3', 'local'],
  ['169.254.0.1', 'local'],
  ['169.254.169.254', 'local'],
  ['169.254.170.2', 'local'],
  ['224.0.0.1', 'local'],
  ['239.255.255.255', 'local'],
  ['255.255.255.255', 'local'],
  ['::', 'local'],
  ['::1', 'local'],
  ['fe80::1', 'local'],
  ['fe80::1%eth0', 'local'],
  ['febf::1', 'local'],
  ['ff02::1', 'local'],

  // Metadata services that are not link-local.
  ['fd00:ec2::254', 'local'],
  ['fd00:0ec2:0:0:0:0:0:254', 'local'],
  ['fd00:ec2::23', 'local'],
  ['fd00:ec2::253', 'local'],
  ['fd00:ec2:0:1::9', 'local'],
  ['fd20:ce::254', 'local'],
  ['fd00:c1::a9fe:a9fe', 'local'],
  ['fd00:42::42', 'local'],
  ['fd00:a9fe:a9fe::1', 'local'],
  ['fd00:100::100:200', 'local'],
  ['169.254.170.23', 'local'],
  ['169.254.42.42', 'local'],
  ['169.254.0.23', 'local'],
  ['fe80::a9fe:a9fe', 'local'],

  // Their neighbors are private networks, or public.
  ['fd00:ec1::254', 'private'],
  ['fd00:ec3::254', 'private'],
  ['fd20:ce::253', 'private'],
  ['fd20:cf::254', 'private'],
  ['fd00:c1::1', 'private'],
  ['fd00:42::43', 'private'],
  ['100.100.100.201', 'private'],
  ['192.0.0.193', 'private'],
  ['168.63.129.17', 'public'],
  ['100.100.100.200', 'local'],
  ['192.0.0.192', 'local'],
  ['168.63.129.16', 'local'],

  // IPv4 inside IPv6: mapped, translated (RFC 6145, NAT64), 6to4, Teredo, compatible.
  ['::ffff:8.8.8.8', 'public'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:127.0.0.1', 'local'],
  ['::ffff:7f00:1', 'local'],
  ['::ffff:169.254.169.254', 'local'],
  ['::ffff:100.100.100.200', 'local'],
  ['::ffff:0:169.254.169.254', 'local'],
  ['::ffff:0:8.8.8.8', 'public'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['64:ff9b::192.168.1.1', 'private'],
  ['64:ff9b::127.0.0.1', 'local'],
  ['64:ff9b::a9fe:a9fe', 'local'],
  ['64:ff9b:1::8.8.8.8', 'private'],
  ['64:ff9b:1::169.254.169.254', 'local'],
  ['64:ff9b:1:a9fe:a9:fe00::', 'local'],
  ['64:ff9b:1:a9:fe:a9fe::', 'local'],
  ['64:ff9b:1:0:a9:fea9:fe00::', 'local'],
  ['64:ff9b:1:808:8:800::', 'local'],
  ['64:ff9b::168.63.129.16', 'local'],
  ['64:ff9b::100.100.100.200', 'local'],
  ['64:ff9b::192.0.0.192', 'local'],
  ['::ffff:168.63.129.16', 'local'],
  ['::ffff:192.0.0.192', 'local'],
  ['::ffff:169.254.170.23', 'local'],
  ['2002:a83f:8110::1', 'local'],
  ['2002:6464:64c8::1', 'local'],
  ['2a00:1450::5efe:a9fe:a9fe', 'local'],
  ['2a00:1450::200:5efe:7f00:1', 'local'],
  ['2a00:1450::5efe:808:808', 'public'],
  ['2002:0808:0808::1', 'public'],
  ['2002:0a00:0001::1', 'private'],
  ['2002:7f00:0001::1', 'local'],
  ['2002:a9fe:a9fe::1', 'local'],
  ['2001:0:808:808:0:0:5601:5601', 'local'],
  ['2001:0:808:808:0:0:f7f7:f7f7', 'private'],
  ['::808:808', 'private'],
  ['::7f00:1', 'local'],
  ['::127.0.0.1', 'local'],
  ['::169.254.169.254', 'local'],

  // What is no address cannot be judged.
  ['', 'local'],
  ['example.com', 'local'],
  ['1.2.3.4.5', 'local'],
];

for (const [address, kind] of ADDRESSES) {
  test(`${address || 'no address'} is ${kind}`, () => assert.is(addressKind(address), kind));
}

test('an IPv4 address that is not public is not public inside IPv6 either', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '64:ff9b::', '::ffff:0:', '::', '64:ff9b:1::'), (v4, prefix) => {
      const kind = addressKind(v4);
      const inside = addressKind(`${prefix}${v4}`);
      return kind === 'public' || inside === kind || inside === 'local';
    }),
  );
});

test('loopback is 127.0.0.0/8 and ::1 only', () => {
  const addresses = ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '10.0.0.1', '::ffff:127.0.0.1', 'localhost', ''];
  assert.equal(addresses.filter(isLoopback), ['127.0.0.1', '127.9.9.9', '::1']);
});

test.run();

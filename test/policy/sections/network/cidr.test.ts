import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cidr, parseCidr } from '../../../../src/policy/sections/network/cidr.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed;
};

const refused = [
  '',
  '10.0.0.0',
  '10.0.0/8',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '010.0.0.0/8',
  '0x0a.0.0.0/8',
  '10.0.0.0/8 ',
  'fd00::/129',
  'fe80::1%eth0/64',
  '::ffff:10.0.0.0/104',
  '::ffff:a00:0/104',
];

for (const text of refused) {
  test(`"${text}" is no CIDR`, () => {
    assert.is(parseCidr(text), undefined);
  });
}

const masked: [text: string, same: boolean][] = [
  ['10.0.0.0/8', true],
  ['10.128.0.0/9', true],
  ['10.128.0.0/8', false],
  ['10.1.2.3/32', true],
  ['0.0.0.0/0', true],
  ['0.0.0.1/0', false],
  ['fd00::/8', true],
  ['fd00::1/127', false],
  ['fd00::1/128', true],
  ['::/0', true],
];

for (const [text, same] of masked) {
  test(`${text} has ${same ? 'no ' : ''}host bits`, () => {
    assert.is(cidr(text).masked().equals(cidr(text)), same);
  });
}

const contained: [outer: string, inner: string, contains: boolean][] = [
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.0.0.0/8', '10.0.0.0/8', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.0.0.0/8', '11.0.0.0/16', false],
  ['10.1.2.3/8', '10.9.0.0/16', true],
  ['0.0.0.0/0', '192.0.2.0/24', true],
  ['::/0', '192.0.2.0/24', false],
  ['fd00::/8', 'fdff::/16', true],
];

for (const [outer, inner, contains] of contained) {
  test(`${outer} ${contains ? 'contains' : 'does not contain'} ${inner}`, () => {
    assert.is(cidr(outer).contains(cidr(inner)), contains);
  });
}

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseDestination } from '../../../src/cli/can/reference.ts';
import { UsageError } from '../../../src/cli/errors.ts';

const address = (text: string) => ({ type: 'Address', address: text });
const object = (kind: string, name: string) => ({ type: 'Object', kind, name });
const name = (text: string) => ({ type: 'Name', labels: text.split('.') });

for (const [text, expected] of [
  ['10.0.0.1:443', { reference: address('10.0.0.1'), port: 443 }],
  ['10.0.0.1:53/udp', { reference: address('10.0.0.1'), port: 53, protocol: 'UDP' }],
  ['fd00::1', { reference: address('fd00::1') }],
  ['[fd00::1]:443/TCP', { reference: address('fd00::1'), port: 443, protocol: 'TCP' }],
  ['[fd00::1]', { reference: address('fd00::1') }],
  ['pod/web-1.shop:http', { reference: object('Pod', 'web-1.shop'), port: 'http' }],
  ['deploy/tcp', { reference: object('Deployment', 'tcp') }],
  ['deploy/tcp/sctp', { reference: object('Deployment', 'tcp'), protocol: 'SCTP' }],
  ['Deployments/web', { reference: object('Deployment', 'web') }],
  ['rollout/web.shop', { reference: object('rollout', 'web.shop') }],
  ['db.data', { reference: name('db.data') }],
  ['db.data.svc.cluster.local.:5432', { reference: name('db.data.svc.cluster.local'), port: 5432 }],
  ['db/tcp', { reference: name('db'), protocol: 'TCP' }],
] as const) {
  test(text, () => assert.equal(parseDestination(text), expected));
}

for (const [text, message] of [
  ['', '"" is neither a pod nor an address'],
  ['a/b/c', '"a/b/c" is neither a pod nor an address'],
  ['/web', '"/web" is no name of an object'],
  ['Web', '"Web" is no name of an object'],
  ['10.0.0.0/8', '"10.0.0.0/8" is no name'],
  ['db:', '"db:": "" is no port'],
  ['db:0', '"db:0": "0" is no port'],
  ['db:65536', '"db:65536": "65536" is no port'],
  ['db:-1', '"db:-1": "-1" is no port'],
  ['[fd00::1%eth0]:1', '"fd00::1%eth0" is no name of an object'],
] as const) {
  test(`refused: ${text}`, () => {
    assert.throws(
      () => parseDestination(text),
      (error: Error) => error instanceof UsageError && error.message.startsWith(message),
    );
  });
}

test.run();

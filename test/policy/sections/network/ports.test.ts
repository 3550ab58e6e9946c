import type { NetworkPolicyPort } from 'kubernetes-types/networking/v1.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Port } from '../../../../src/api/policy.ts';
import { renderPort } from '../../../../src/policy/sections/network/ports.ts';

const rows: [what: string, port: Port, rendered: NetworkPolicyPort][] = [
  ['a number is TCP', { port: 8080 }, { protocol: 'TCP', port: 8080 }],
  ['a name', { port: 'http' }, { protocol: 'TCP', port: 'http' }],
  ['a range', { port: 9000, endPort: 9010 }, { protocol: 'TCP', port: 9000, endPort: 9010 }],
  ['a range of one', { port: 1, endPort: 1 }, { protocol: 'TCP', port: 1, endPort: 1 }],
  ['TCP', { port: 53, protocol: 'TCP' }, { protocol: 'TCP', port: 53 }],
  ['UDP', { port: 53, protocol: 'UDP' }, { protocol: 'UDP', port: 53 }],
  ['SCTP', { port: 65535, protocol: 'SCTP' }, { protocol: 'SCTP', port: 65535 }],
  ['a range of UDP', { port: 10, endPort: 20, protocol: 'UDP' }, { protocol: 'UDP', port: 10, endPort: 20 }],
  ['every port of a protocol', { protocol: 'SCTP' }, { protocol: 'SCTP' }],
];

for (const [what, port, rendered] of rows) {
  test(what, () => assert.equal(renderPort(port), rendered));
}

test.run();

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseChallenges } from '../../../src/scan/registry/challenge.ts';
import { cpuMs } from '../../harness/cpu-ms.ts';

const CHALLENGES: readonly [header: string, challenges: object[]][] = [
  ['Basic', [{ scheme: 'basic' }]],
  ['Basic realm="registry"', [{ scheme: 'basic', realm: 'registry' }]],
  ['basic realm=registry', [{ scheme: 'basic', realm: 'registry' }]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
    [{ scheme: 'bearer', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' }],
  ],
  [
    'Bearer   service = "a, b" , REALM = "https://x/?a=1,2"',
    [{ scheme: 'bearer', service: 'a, b', realm: 'https://x/?a=1,2' }],
  ],
  ['Bearer realm="a\\"b\\\\c"', [{ scheme: 'bearer', realm: 'a"b\\c' }]],
  ['Bearer realm="first",realm="second"', [{ scheme: 'bearer', realm: 'first' }]],
  ['Bearer realm=""', [{ scheme: 'bearer', realm: '' }]],
  [
    'Basic realm="a", Bearer realm="b",service="c"',
    [
      { scheme: 'basic', realm: 'a' },
      { scheme: 'bearer', realm: 'b', service: 'c' },
    ],
  ],
  ['Negotiate, Basic realm="a"', [{ scheme: 'negotiate' }, { scheme: 'basic', realm: 'a' }]],
  ['Bearer error="insufficient_scope",realm="b"', [{ scheme: 'bearer', realm: 'b' }]],
  ['Bearer __proto__="x",constructor="y",realm="b"', [{ scheme: 'bearer', realm: 'b' }]],
  ['Bearer realm="unfinished', [{ scheme: 'bearer' }]],
  ['realm="alone"', []],
  ['"', []],
  [',,, ,', []],
  ['', []],
];

for (const [header, challenges] of CHALLENGES) {
  test(`WWW-Authenticate: ${header}`, () => assert.equal(parseChallenges(header), challenges));
}

test('every header is read to its end, in bounded time', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'Bearer realm=",\\\t ;x') }), (header) => {
      parseChallenges(header);
    }),
  );
  const started = cpuMs();
  for (const part of ['a', '"', '\\', ',', ' ', 'a=', 'a="', '=']) parseChallenges(`Bearer ${part.repeat(100_000)}`);
  assert.ok(cpuMs() - started < 2_000);
});

test.run();

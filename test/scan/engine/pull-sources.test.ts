import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inTurns } from '../../../src/scan/engine/pull-sources.ts';

const source = (registry: string, username?: string) => ({
  registry,
  repository: 'app',
  ...(username !== undefined && { credentials: { username, password: 'p' } }),
});
const reported = (registry: string, username?: string) => ({ ...source(registry, username), reported: true as const });
const [anonymous, ann, bob] = [source('r.io'), source('r.io', 'ann'), source('r.io', 'bob')];

/** Sources of namespaces, and the order in which they are tried. */
const ROWS = [
  ['no namespace', [], []],
  ['one namespace: credentials first', [['a', [anonymous, ann]]], [ann, anonymous]],
  [
    'a repository that only a node names comes last, even with credentials',
    [['a', [reported('docker.io', 'ann'), anonymous, ann]]],
    [ann, anonymous, reported('docker.io', 'ann')],
  ],
  [
    'what a pod of one namespace names, and a node of another one',
    [
      ['a', [reported('r.io')]],
      ['b', [anonymous, bob]],
    ],
    [bob, anonymous],
  ],
  [
    'the same source of two namespaces: once',
    [
      ['a', [ann]],
      ['b', [ann]],
    ],
    [ann],
  ],
  [
    'a turn each, credentials first in each turn',
    [
      ['a', [anonymous]],
      ['b', [bob]],
    ],
    [bob, anonymous],
  ],
  [
    'many sources of one namespace do not crowd out another one',
    [
      ['a', [source('1', 'ann'), source('2', 'ann'), source('3', 'ann')]],
      ['b', [bob]],
    ],
    [source('1', 'ann'), bob, source('2', 'ann'), source('3', 'ann')],
  ],
  [
    'ImageScans of one namespace share its turns',
    [
      ['a', [source('1', 'ann')]],
      ['a', [source('2', 'ann')]],
      ['b', [bob]],
    ],
    [source('1', 'ann'), bob, source('2', 'ann')],
  ],
] as const;

for (const [name, found, expected] of ROWS) {
  test(name, () => assert.equal(inTurns(found.map(([namespace, sources]) => ({ namespace, sources }))), expected));
}

test.run();

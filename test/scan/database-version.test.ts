import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { databaseKey, isSameDatabase } from '../../src/scan/database-version.ts';

const at = (updatedAt: string, digest?: string) => ({ updatedAt, ...(digest !== undefined && { digest }) });

for (const [what, a, b, same] of [
  ['the same', at('t1', 'd1'), at('t1', 'd1'), true],
  ['another digest of the same time', at('t1', 'd1'), at('t1', 'd2'), false],
  ['times of a server', at('t1'), at('t1'), true],
  ['another time of a server', at('t1'), at('t2'), false],
  ['a report from before digests were kept', at('t1'), at('t1', 'd1'), true],
  ['an older report from before digests were kept', at('t1'), at('t2', 'd1'), false],
] as const) {
  test(what, () => {
    assert.equal([isSameDatabase(a, b), isSameDatabase(b, a)], [same, same]);
  });
}

test('the key is the digest, or the time where there is none', () => {
  assert.equal([databaseKey(at('t1', 'd1')), databaseKey(at('t1'))], ['d1', 't1']);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from '../../../../src/kube/clock.ts';
import { KnownDistributions } from '../../../../src/scan/scanner/analysis/known-distributions.ts';

const staged = () => {
  let now = 0;
  let asked = 0;
  const known = new KnownDistributions({ ...systemClock, now: () => now });
  const ask = (key: string, answer: () => Promise<boolean>) =>
    known.has(key, () => {
      asked += 1;
      return answer();
    });
  return { ask, asked: () => asked, pass: (ms: number) => (now += ms) };
};
const yes = async () => true;
const no = async () => false;

test('a server is asked once for a distribution and a database, and again after ten minutes', async () => {
  const { ask, asked, pass } = staged();
  for (let i = 0; i < 3; i += 1) assert.is(await ask('debian 12', yes), true);
  assert.is(asked(), 1);
  await ask('debian 13', yes);
  assert.is(asked(), 2);
  pass(599_999);
  await ask('debian 12', yes);
  assert.is(asked(), 2);
  pass(1);
  assert.is(await ask('debian 12', no), false);
  assert.is(asked(), 3);
});

test('a "no" and a failure are not remembered', async () => {
  const { ask, asked } = staged();
  assert.is(await ask('arch', no), false);
  await ask('arch', () => Promise.reject(new Error('ECONNREFUSED'))).then(
    () => assert.unreachable(),
    ({ message }) => assert.is(message, 'ECONNREFUSED'),
  );
  assert.equal([await ask('arch', yes), await ask('arch', yes), asked()], [true, true, 3]);
});

test('names of images do not fill the memory', async () => {
  const { ask, asked } = staged();
  for (let i = 0; i < 1_001; i += 1) await ask(`made up ${i}`, yes);
  await ask('made up 1000', yes);
  assert.is(asked(), 1_002);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Demand, Demands } from '../../../src/scan/engine/image-consumers.ts';
import { imageKey } from '../../../src/scan/image.ts';

const image = (letter: string) => ({
  id: { digest: `sha256:${letter.repeat(64)}`, platform: 'linux/amd64' },
  reference: letter,
  repositories: [{ registry: 'r.io', repository: letter }],
  pods: 1,
});
const [a, b] = [image('a'), image('b')];
const demand = (namespace: string, ...images: Demand['images']): Demand => ({ namespace, pullSecrets: [], images });

test('invariant 1: an image is wanted by whoever has it', () => {
  const demands = new Demands();
  demands.set('x/s', demand('x', a));
  demands.set('y/s', demand('y', a, b));
  assert.equal([...(demands.wanted(imageKey(a.id))?.by.keys() ?? [])], ['x/s', 'y/s']);
  assert.equal(demands.ids(), [a.id, b.id]);
  assert.equal(demands.scans(), ['x/s', 'y/s']);
});

test('what nobody wants any more is told, what others want is not', () => {
  const demands = new Demands();
  demands.set('x/s', demand('x', a, b));
  demands.set('y/s', demand('y', a));
  assert.equal(demands.set('x/s', demand('x')), [imageKey(b.id)]);
  assert.is(demands.wanted(imageKey(b.id)), undefined);
  assert.equal(demands.set('y/s', undefined), [imageKey(a.id)]);
  assert.equal(demands.ids(), []);
  assert.equal(demands.scans(), ['x/s']);
});

test('a demand is replaced, not added to', () => {
  const demands = new Demands();
  demands.set('x/s', demand('x', a));
  assert.equal(demands.set('x/s', demand('x', a, b)), []);
  assert.equal(demands.of('x/s')?.images, [a, b]);
  assert.is(demands.wanted(imageKey(a.id))?.by.get('x/s'), demands.of('x/s'));
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ImageConsumer, ImageConsumers } from '../../../src/scan/engine/image-consumers.ts';
import { imageKey } from '../../../src/scan/image.ts';

const image = (letter: string) => ({
  id: { digest: `sha256:${letter.repeat(64)}`, platform: 'linux/amd64' },
  reference: letter,
  repositories: [{ registry: 'r.io', repository: letter }],
  pods: 1,
});
const [a, b] = [image('a'), image('b')];
const consumer = (namespace: string, ...images: ImageConsumer['images']): ImageConsumer => ({
  namespace,
  pullSecrets: [],
  images,
});

test('invariant 1: an image is consumed by every ImageScan that has it', () => {
  const consumers = new ImageConsumers();
  consumers.setImages('x/s', consumer('x', a));
  consumers.setImages('y/s', consumer('y', a, b));
  assert.equal([...(consumers.image(imageKey(a.id))?.consumers.keys() ?? [])], ['x/s', 'y/s']);
  assert.equal(consumers.ids(), [a.id, b.id]);
  assert.equal(consumers.scans(), ['x/s', 'y/s']);
});

test('images without a consumer are dropped, and other images are not', () => {
  const consumers = new ImageConsumers();
  consumers.setImages('x/s', consumer('x', a, b));
  consumers.setImages('y/s', consumer('y', a));
  assert.equal(consumers.setImages('x/s', consumer('x')).dropped, [imageKey(b.id)]);
  assert.is(consumers.image(imageKey(b.id)), undefined);
  assert.equal(consumers.setImages('y/s', undefined).dropped, [imageKey(a.id)]);
  assert.equal(consumers.ids(), []);
  assert.equal(consumers.scans(), ['x/s']);
});

test('the images of a consumer are replaced, not added to', () => {
  const consumers = new ImageConsumers();
  consumers.setImages('x/s', consumer('x', a));
  assert.equal(consumers.setImages('x/s', consumer('x', a, b)).dropped, []);
  assert.equal(consumers.consumer('x/s')?.images, [a, b]);
  assert.is(consumers.image(imageKey(a.id))?.consumers.get('x/s'), consumers.consumer('x/s'));
});

test('an image is relocated when a consumer adds a new repository', () => {
  const consumers = new ImageConsumers();
  const mirrored = { ...a, repositories: [{ registry: 'mirror.io', repository: 'a' }] };
  assert.equal(consumers.setImages('x/s', consumer('x', a)).relocated, [], 'it is new');
  assert.equal(consumers.setImages('y/s', consumer('y', a)).relocated, [], 'the same repository');
  assert.equal(consumers.setImages('z/s', consumer('z', mirrored, b)).relocated, [imageKey(a.id)]);
  assert.equal(consumers.setImages('y/s', consumer('y', mirrored)).relocated, []);
});

test.run();

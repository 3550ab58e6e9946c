import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Predecessors } from '../../src/scan/predecessors.ts';

const image = (letter: string, platform = 'linux/amd64') => ({ digest: `sha256:${letter.repeat(64)}`, platform });
const [a, b] = [image('a'), image('b')];
const app = { registry: 'r.io', repository: 'team/app' };

test('the image scanned before in the same repository, for the same platform', () => {
  const predecessors = new Predecessors();
  assert.is(predecessors.of(a, [app]), undefined);
  predecessors.scanned(a, [app]);
  assert.is(predecessors.of(a, [app]), undefined);
  assert.equal(predecessors.of(b, [{ registry: 'other.io', repository: 'x' }, app]), a);
  assert.is(predecessors.of(image('b', 'linux/arm64'), [app]), undefined);
  assert.is(predecessors.of(b, [{ ...app, repository: 'team/web' }]), undefined);
});

test('what was there before a restart is known by its reference, and what was scanned since counts more', () => {
  const predecessors = new Predecessors();
  predecessors.recall([
    { reference: 'r.io/team/app:1', id: a },
    { reference: 'nginx', id: b },
    { reference: '--', id: b },
  ]);
  assert.equal(predecessors.of(b, [app]), a);
  assert.equal(predecessors.of(a, [{ registry: 'docker.io', repository: 'library/nginx' }]), b);
  predecessors.scanned(b, [app]);
  predecessors.recall([{ reference: 'r.io/team/app:1', id: a }]);
  assert.equal(predecessors.of(a, [app]), b);
});

test.run();

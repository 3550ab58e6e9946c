import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseReference, type Reference } from '../../src/api/image-reference.ts';
import { cpuMs } from '../harness/cpu-ms.ts';

const HEX = '0123456789abcdef0123456789abcdef';

const rows: [image: string, reference: Reference | undefined][] = [
  ['nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest' }],
  ['nginx:1.27', { registry: 'docker.io', repository: 'library/nginx', tag: '1.27' }],
  [`nginx@sha256:${HEX}`, { registry: 'docker.io', repository: 'library/nginx', digest: `sha256:${HEX}` }],
  [`nginx:1@sha256:${HEX}`, { registry: 'docker.io', repository: 'library/nginx', tag: '1', digest: `sha256:${HEX}` }],
  ['grafana/grafana', { registry: 'docker.io', repository: 'grafana/grafana', tag: 'latest' }],
  ['docker.io/nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest' }],
  ['docker.io/a/b:c', { registry: 'docker.io', repository: 'a/b', tag: 'c' }],
  ['index.docker.io/nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest' }],
  ['docker.io', { registry: 'docker.io', repository: 'library/docker.io', tag: 'latest' }],
  ['ghcr.io/a', { registry: 'ghcr.io', repository: 'a', tag: 'latest' }],
  ['ghcr.io/a/b/c:d', { registry: 'ghcr.io', repository: 'a/b/c', tag: 'd' }],
  ['localhost/a', { registry: 'localhost', repository: 'a', tag: 'latest' }],
  ['localhost:5000/a:5', { registry: 'localhost:5000', repository: 'a', tag: '5' }],
  ['localhost:5000', { registry: 'docker.io', repository: 'library/localhost', tag: '5000' }],
  ['registry:5000/a/b', { registry: 'registry:5000', repository: 'a/b', tag: 'latest' }],
  ['registry/a', { registry: 'docker.io', repository: 'registry/a', tag: 'latest' }],
  ['Registry/a', { registry: 'Registry', repository: 'a', tag: 'latest' }],
  ['10.0.0.1:80/a', { registry: '10.0.0.1:80', repository: 'a', tag: 'latest' }],
  ['[fd00::1]:80/a', { registry: '[fd00::1]:80', repository: 'a', tag: 'latest' }],
  ['', undefined],
  ['Nginx', undefined],
  ['a b', undefined],
  ['a//b', undefined],
  ['/a', undefined],
  ['a/', undefined],
  ['a:', undefined],
  ['a@', undefined],
  ['a@sha256:0123', undefined],
  [`sha256:${HEX}`, undefined],
  ['a'.repeat(1025), undefined],
];

for (const [image, reference] of rows) {
  test(`${JSON.stringify(image.slice(0, 60))}`, () => assert.equal(parseReference(image), reference));
}

test('a long image that is no valid reference is refused at once', () => {
  const started = cpuMs();
  for (const image of [
    `${'a'.repeat(1_000_000)}!`,
    `${'a-'.repeat(500)}!`,
    `${'a.'.repeat(500)}!`,
    `${'a/'.repeat(500)}!`,
  ]) {
    assert.is(parseReference(image), undefined);
  }
  assert.ok(cpuMs() - started < 1000);
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ImageName, matchesImage, readImagePattern } from '../../../src/scan/findings/image-pattern.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

const running = (reference: string, digest = A): ImageName => ({ reference, digest });

const rows: [pattern: string, image: ImageName, matches: boolean][] = [
  ['registry.example.com/payments/api', running('registry.example.com/payments/api:1.2'), true],
  ['registry.example.com/payments/api', running(`registry.example.com/payments/api@${B}`), true],
  ['registry.example.com/payments/api', running('registry.example.com/payments/api-v2:1.2'), false],
  ['registry.example.com/payments/api', running('registry.example.com/payments'), false],
  ['registry.example.com/payments/*', running('registry.example.com/payments/api:1.2'), true],
  ['registry.example.com/payments/*', running('registry.example.com/payments/a/b'), true],
  ['registry.example.com/payments/*', running('registry.example.com/payments'), false],
  ['registry.example.com/payments/*', running('registry.example.com/payments-2/api'), false],
  ['registry.example.com:5000/*', running('registry.example.com:5000/api'), true],
  ['registry.example.com:5000/*', running('registry.example.com/api'), false],
  ['nginx', running('nginx:1.27'), true],
  ['nginx', running('docker.io/library/nginx'), true],
  ['docker.io/library/nginx', running('nginx'), true],
  ['docker.io/*', running('nginx'), true],
  ['docker.io/*', running('grafana/grafana'), true],
  ['index.docker.io/*', running('nginx'), true],
  ['docker.io/library/*', running('grafana/grafana'), false],
  ['grafana/*', running('grafana/grafana'), true],
  [`nginx@${A}`, running('nginx:1.27'), true],
  [`nginx@${B}`, running('nginx:1.27'), false],
  [`nginx@${B}`, running(`nginx@${B}`), true],
  [`nginx@sha256:${'A'.repeat(64)}`, running('nginx'), true],
  ['nginx', running(A), false],
  ['docker.io/*', running('no image at all'), false],
];

for (const [pattern, image, matches] of rows) {
  test(`${pattern.slice(0, 40)} ${matches ? 'is about' : 'is not about'} ${image.reference.slice(0, 40)}`, () => {
    const read = readImagePattern(pattern);
    assert.is(typeof read, 'object');
    assert.is(typeof read === 'object' && matchesImage(read, image), matches);
  });
}

const IMAGE = 'is not an image: write a repository, as in registry.example.com/team/app, or repository@sha256:digest';
const TAG = 'has a tag, which can move: write the repository alone, or repository@sha256:digest';
const PATH = 'is not a path of a registry: write registry/path/*';
const STAR = 'has a * that is not its last part: write registry/path/*';

const malformed: [pattern: string, problem: string][] = [
  ['nginx:1.27', TAG],
  [`registry.example.com:5000/a:1@${A}`, TAG],
  ['', IMAGE],
  ['Nginx', IMAGE],
  ['nginx@sha256:12', IMAGE],
  [A, IMAGE],
  ['https://registry.example.com/a', IMAGE],
  ['--help', IMAGE],
  ['/*', PATH],
  ['a b/*', PATH],
  [`nginx@${A}/*`, PATH],
  ['*', STAR],
  ['*/nginx', STAR],
  ['registry.example.com/pay*', STAR],
  ['registry.example.com/*/api', STAR],
  ['a/*/*', PATH],
];

for (const [pattern, problem] of malformed) {
  test(`${JSON.stringify(pattern.slice(0, 40))} is malformed`, () => assert.is(readImagePattern(pattern), problem));
}

test.run();

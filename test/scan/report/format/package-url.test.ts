import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { imagePurl, packagePurl } from '../../../../src/scan/report/format/package-url.ts';
import { known } from '../../findings/known-finding.ts';
import { A } from '../sample-report.ts';

const images: [reference: string, platform: string, purl: string][] = [
  [
    'registry.example.com:5000/payments/api:1.2',
    'linux/amd64',
    `pkg:oci/api@sha256%3A${'a'.repeat(64)}?arch=amd64&repository_url=registry.example.com%3A5000%2Fpayments%2Fapi`,
  ],
  [
    'nginx',
    'linux/arm/v7',
    `pkg:oci/nginx@sha256%3A${'a'.repeat(64)}?arch=arm&repository_url=docker.io%2Flibrary%2Fnginx`,
  ],
  ['nginx', '', `pkg:oci/nginx@sha256%3A${'a'.repeat(64)}?repository_url=docker.io%2Flibrary%2Fnginx`],
  ['no image', 'linux/amd64', `pkg:oci/image@sha256%3A${'a'.repeat(64)}?arch=amd64`],
];

for (const [reference, platform, purl] of images) {
  test(`${reference} on ${platform}`, () => assert.is(imagePurl({ reference, platform, digest: A }), purl));
}

test('an image without a digest', () => {
  assert.is(
    imagePurl({ reference: 'nginx', platform: 'linux' }),
    'pkg:oci/nginx?repository_url=docker.io%2Flibrary%2Fnginx',
  );
});

const packages: [purl: string | undefined, name: string, installed: string, expected: string][] = [
  ['pkg:deb/debian/a@1%3A2?arch=amd64', 'a', '1:2', 'pkg:deb/debian/a@1%3A2?arch=amd64'],
  ['pkg:golang/stdlib@v1.21.3', 'stdlib', 'v1.21.3', 'pkg:golang/stdlib@v1.21.3'],
  [undefined, 'a b', '1:2', 'pkg:generic/a%20b@1%3A2'],
  [undefined, 'a', '', 'pkg:generic/a'],
  [undefined, '', '1', 'pkg:generic/unknown@1'],
  [undefined, ' \n', '1', 'pkg:generic/unknown@1'],
  [undefined, '\ud800', '1', 'pkg:generic/%EF%BF%BD@1'],
  ['https://example.com', 'a', '1', 'pkg:generic/a@1'],
  ['pkg:npm/a b', 'a', '1', 'pkg:generic/a@1'],
  ['pkg:npm/a%', 'a', '1', 'pkg:generic/a@1'],
  ['pkg:npm/a\u001b', 'a', '1', 'pkg:generic/a@1'],
];

for (const [purl, name, installed, expected] of packages) {
  test(`${JSON.stringify([purl, name, installed])} is ${expected}`, () => {
    assert.is(packagePurl(known({ ...(purl !== undefined && { purl }), package: name, installed })), expected);
  });
}

test.run();

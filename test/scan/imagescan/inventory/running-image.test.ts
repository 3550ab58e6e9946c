import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type RunningImage,
  runningImage,
  volumeImage,
} from '../../../../src/scan/imagescan/inventory/running-image.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const other = `sha256:${'b'.repeat(64)}`;

const rows: [what: string, reference: string, imageID: string, pulled: RunningImage['pulled']][] = [
  [
    'containerd',
    'nginx',
    `docker.io/library/nginx@${digest}`,
    { registry: 'docker.io', repository: 'library/nginx', digest },
  ],
  [
    'dockershim',
    'nginx:1',
    `docker-pullable://nginx@${digest}`,
    { registry: 'docker.io', repository: 'library/nginx', digest },
  ],
  ['a port', 'r:5000/a/b:1', `r:5000/a/b@${digest}`, { registry: 'r:5000', repository: 'a/b', digest }],
  [
    'the digest that runs, not the one that was asked for',
    `r.io/a@${other}`,
    `r.io/a@${digest}`,
    { registry: 'r.io', repository: 'a', digest },
  ],
  [
    'an ID only, of a reference with digest',
    `r.io/a@${other}`,
    digest,
    { registry: 'r.io', repository: 'a', digest: other },
  ],
  ['an ID only', 'r.io/a:1', digest, undefined],
  ['a docker ID', 'r.io/a:1', `docker://${digest}`, undefined],
  ['a digest of another kind', 'r.io/a:1', `r.io/a@sha512:${'a'.repeat(128)}`, undefined],
  ['what is no reference', 'r.io/a:1', `--config=/etc@${digest}`, undefined],
];

for (const [what, reference, imageID, pulled] of rows) {
  test(`invariant 1: the digest that runs is read from imageID: ${what}`, () =>
    assert.equal(runningImage(reference, imageID).pulled, pulled));
}

const named: [what: string, reference: string, imageID: string, named: RunningImage['named']][] = [
  ['the same', 'r.io/a:1', `r.io/a@${digest}`, undefined],
  ['the same, in short', 'nginx', `docker.io/library/nginx@${digest}`, undefined],
  ['another', 'r.io/a:1', `z.io/b@${digest}`, { registry: 'r.io', repository: 'a' }],
  ['an archive', 'r.io/a:1', `docker.io/library/import-2026-10-05@${digest}`, { registry: 'r.io', repository: 'a' }],
  [
    'an archive, in short',
    'a:1',
    `docker.io/library/import-2026-10-05@${digest}`,
    { registry: 'docker.io', repository: 'library/a' },
  ],
  ['short, where the node decides', 'team/a:1', `quay.io/team/a@${digest}`, undefined],
  ['no reference', '--config', `docker.io/library/import-2026-10-05@${digest}`, undefined],
];

for (const [what, reference, imageID, expected] of named) {
  test(`the repository that the pod names: ${what}`, () =>
    assert.equal(runningImage(reference, imageID).named, expected));
}

const ids: [what: string, reference: string, imageID: string, config: string | undefined][] = [
  ['CRI-O', 'r.io/a:1', 'a'.repeat(64), digest],
  ['containerd', 'r.io/a:1', digest, digest],
  ['cri-dockerd', 'r.io/a:1', `docker://${digest}`, digest],
  ['a short ID', 'r.io/a:1', 'a'.repeat(12), undefined],
  ['upper case', 'r.io/a:1', 'A'.repeat(64), undefined],
  ['no reference', '--config', digest, undefined],
  ['a reference with digest', `r.io/a@${other}`, digest, undefined],
];

for (const [what, reference, imageID, config] of ids) {
  test(`a bare ID is the digest of the configuration: ${what}`, () =>
    assert.is(runningImage(reference, imageID).config, config));
}

const ID_ONLY =
  'NotFound: r.io/a:1: the node knows only the ID of this image, so no registry can serve it: push it to a registry and run it from there';
const SHA512 =
  'DamagedImage: r.io/a:1: the node reports the image by a digest of sha512, which the scanner cannot read: push the image with digests of sha256, and run it by its tag or that digest';
const NOTHING =
  'DigestHidden: r.io/a:1: the node reports no digest and no ID of the image that runs: run the image by digest, as in NAME@sha256:…';
const problems: [imageID: string, problem: string | undefined][] = [
  ['a'.repeat(12), ID_ONLY],
  ['A'.repeat(64), ID_ONLY],
  [`r.io/a@sha256:${'A'.repeat(64)}`, ID_ONLY],
  [`r.io/a@sha512:${'a'.repeat(128)}`, SHA512],
  [`docker-pullable://r.io/a@sha512:${'a'.repeat(128)}`, SHA512],
  ['', NOTHING],
  [digest, undefined],
  [`r.io/a@${digest}`, undefined],
  [`r.io:5000/a:1@${digest}`, undefined],
  [`[fd00::1]:5000/a@${digest}`, undefined],
];

for (const [imageID, expected] of problems) {
  test(`why the image of ID "${imageID.slice(0, 40)}" is not known`, () => {
    const { problem } = runningImage('r.io/a:1', imageID);
    assert.is(problem && `${problem.reason}: ${problem.message}`, expected);
  });
}

const volumes: [
  what: string,
  reference: string,
  imageRef: string | undefined,
  image: Omit<RunningImage, 'reference'>,
][] = [
  ['reported', 'r.io/a:1', `r.io/a@${digest}`, { pulled: { registry: 'r.io', repository: 'a', digest } }],
  ['reported by its ID', 'r.io/a:1', 'a'.repeat(64), { config: digest }],
  ['not reported', 'r.io/a:1', undefined, {}],
  ['not reported, by digest', `r.io/a@${digest}`, '', {}],
  ['reported without a digest', 'r.io/a:1', 'r.io/a:1', {}],
];

for (const [what, reference, imageRef, image] of volumes) {
  test(`an image volume: ${what}`, () => assert.equal(volumeImage(reference, imageRef), { reference, ...image }));
}

test('a reference that no registry has stays one printable line', () => {
  for (const [reference, kept] of [
    ['--config=/etc/passwd', '--config=/etc/passwd'],
    ['a\nb\tc', 'a b c'],
    ['\u001b[2Jnginx\u202e', '\ufffd[2Jnginx\ufffd'],
    ['x'.repeat(100_000), `${'x'.repeat(1023)}…`],
  ] as const) {
    assert.is(runningImage(reference, 'sha256:1').reference, kept);
  }
});

test.run();

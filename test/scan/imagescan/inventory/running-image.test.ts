import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type RunningImage, runningImage } from '../../../../src/scan/imagescan/inventory/running-image.ts';

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
    assert.equal(runningImage(reference, imageID), { reference, ...(pulled !== undefined && { pulled }) }));
}

test('a reference that no registry has stays one printable line', () => {
  for (const [reference, kept] of [
    ['--config=/etc/passwd', '--config=/etc/passwd'],
    ['a\nb\tc', 'a b c'],
    ['\u001b[2Jnginx\u202e', '\ufffd[2Jnginx\ufffd'],
    ['x'.repeat(100_000), `${'x'.repeat(1023)}…`],
  ] as const) {
    assert.equal(runningImage(reference, 'sha256:1'), { reference: kept });
  }
});

test.run();

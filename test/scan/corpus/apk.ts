import type { Files } from '../../../hack/images/layer.ts';
import { type AlpinePackage, alpine } from '../../../hack/images/packages/apk.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { type AdvisoryRow, below, type CorpusImage, ghsa, until } from './corpus-image.ts';
import { spdx } from './sbom-files.ts';

const openssl: AlpinePackage = { name: 'libssl3', origin: 'openssl', version: '3.3.1-r0' };

const repositories = (...lines: readonly string[]): Files => ({ 'etc/apk/repositories': `${lines.join('\n')}\n` });
const official = (release: string): string => `https://dl-cdn.alpinelinux.org/alpine/${release}/main`;

const openssls = (...releases: readonly string[]): readonly AdvisoryRow[] =>
  releases.map((release, i) => [`alpine ${release}`, 'openssl', until(`3.3.${2 + i}-r0`)]);

const alpineImage = (name: string, version: string, releases: readonly string[], more: Files = {}): CorpusImage => ({
  name,
  layers: [{ ...alpine(version, [openssl]), ...more }],
  advisories: openssls(...releases),
});

/** Of a distribution that has apk without versions. */
const rolling = (name: string, id: string, more: Files = {}): CorpusImage => ({
  name,
  layers: [
    {
      ...alpine('3.23.0', [openssl, { name: 'libcrypto3', origin: 'openssl', version: '3.4.0-r0' }]),
      ...osRelease(id, '20230201'),
      'etc/alpine-release': '',
      ...more,
    },
  ],
  advisories: [
    [id, 'openssl', until('3.3.2-r0')],
    ['alpine 3.23', 'openssl', until('9-r0')],
  ],
});

export const alpineImages: readonly CorpusImage[] = [
  alpineImage('Alpine 3.23', '3.23.0', ['3.23']),
  alpineImage('Alpine 3.21', '3.21.5', ['3.21']),
  alpineImage('Alpine 3.20, after its end of life', '3.20.3', ['3.20']),
  alpineImage('Alpine 3.10, after its end of life', '3.10.9', ['3.10', '3.1']),
  alpineImage('Alpine 3.22 with its own repositories', '3.22.1', ['3.22'], repositories(official('v3.22'))),
  alpineImage('Alpine edge', '3.24.0_alpha20260701', ['edge', '3.24'], repositories(official('edge'))),
  alpineImage('Alpine edge whose database says nothing of edge', '3.24.0_alpha20260701', ['3.24']),
  alpineImage(
    'Alpine 3.22 with a repository of edge',
    '3.22.1',
    ['edge', '3.22'],
    repositories(official('v3.22'), `@edge ${official('edge')}`),
  ),
  alpineImage(
    'Alpine 3.19 with newer repositories',
    '3.19.4',
    ['3.21', '3.19'],
    repositories(official('v3.19'), official('v3.21')),
  ),
  alpineImage('Alpine 3.22 with older repositories', '3.22.1', ['3.18', '3.22'], repositories(official('v3.18'))),
  alpineImage(
    'Alpine 3.22 with repositories of nobody that Trivy knows',
    '3.22.1',
    ['3.22', '3.18'],
    repositories('/media/cdrom/apks', 'https://mirror.internal:8443/v3.18/main', '# https://x/alpine/v3.18/main'),
  ),
  alpineImage(
    'Alpine 3.22 with repositories of another distribution',
    '3.22.1',
    ['3.22', '1.0'],
    repositories('https://mirror.example.com/adelie/1.0/system'),
  ),
  alpineImage(
    'Alpine 3.22 with a mirror and a patch level in its path',
    '3.22.1',
    ['3.21', '3.22'],
    repositories('http://mirror.example.com/alpine/v3.21.3/main'),
  ),
  alpineImage(
    'Alpine 3.22 with repositories of two distributions',
    '3.22.1',
    ['3.22', '3.18'],
    repositories(official('v3.18'), 'https://mirror.example.com/adelie/1.0/system'),
  ),
  {
    name: 'Alpine 3.22 with odd versions',
    layers: [
      alpine('3.22.1', [
        { name: 'busybox', version: '1.37.0-r12' },
        { name: 'xz-libs', origin: 'xz', version: '5.6.1_rc2-r0' },
        { name: 'git', version: '2.45.2_git20240701-r1' },
        { name: '.build-deps', version: '20260101.000000' },
        { name: 'broken', version: 'not-a-version' },
        { name: 'letter', version: '1.1.1w-r1' },
      ]),
    ],
    advisories: [
      ['alpine 3.22', 'busybox', until('1.37.0-r13')],
      ['alpine 3.22', 'xz', until('5.6.1-r0')],
      ['alpine 3.22', 'git', until('2.45.3-r0')],
      ['alpine 3.22', '.build-deps', until('99')],
      ['alpine 3.22', 'broken', until('99')],
      ['alpine 3.22', 'letter', until('1.1.1y-r0')],
    ],
  },
  {
    name: 'Alpine 3.23 with its database below /usr',
    layers: [
      {
        ...osRelease('alpine', '3.23.0'),
        'usr/lib/apk/db/installed': alpine('3.23.0', [openssl])['lib/apk/db/installed'] as string,
      },
    ],
    advisories: openssls('3.23'),
  },
  {
    name: 'Alpine 3.22 with packages of Node.js, some of which apk installed',
    layers: [
      {
        ...alpine('3.22.1', []),
        'lib/apk/db/installed': `${alpine('3.22.1', [openssl])['lib/apk/db/installed']}F:usr/lib/node_modules/npm\nR:package.json\n`,
        ...npmPackage('usr/lib', 'npm', '10.0.0'),
        ...npmPackage('app', 'lodash', '4.17.20'),
      },
    ],
    advisories: [...openssls('3.22'), [ghsa.npm, 'npm', below('10.2.0')], [ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    name: 'Alpine 3.22 with a newer database that has an unfixed vulnerability',
    layers: [alpine('3.22.1', [openssl])],
    advisories: [['alpine 3.22', 'openssl', {}]],
  },
  rolling('Wolfi', 'wolfi'),
  rolling('Chainguard', 'chainguard'),
  rolling('MinimOS', 'minimos'),
  rolling('Wolfi with an SBOM of each package', 'wolfi', {
    ...spdx('var/lib/db/sbom/libssl3-3.3.1-r0.spdx.json', 'pkg:apk/wolfi/libssl3@3.3.1-r0?arch=x86_64'),
    ...spdx('var/lib/db/sbom/openssl-extra-3.3.0-r0.spdx.json', 'pkg:apk/wolfi/openssl@3.3.0-r0?arch=x86_64'),
    ...spdx('var/lib/db/sbom/other-1-r0.spdx.json', 'pkg:apk/alpine/openssl@3.2.0-r0?arch=x86_64'),
  }),
];

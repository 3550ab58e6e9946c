import type { Files } from '../../../hack/images/layer.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { debian, ubuntu } from '../../../hack/images/packages/dpkg.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rpmDatabase } from '../../../hack/images/packages/rpm.ts';
import { below, type CorpusImage, ghsa, until } from './corpus-image.ts';
import { distInfo } from './python-files.ts';

const curated: Files = { 'usr/share/rapidfort/curated.json': '{}' };

const rhel9 = (...packages: Parameters<typeof rpmDatabase>[0]): Files => ({
  ...osRelease('rhel', '9.4'),
  'etc/redhat-release': 'Red Hat Enterprise Linux release 9.4 (Plow)\n',
  ...rpmDatabase(packages),
});
const redHat = (fixed: string) => ({ entries: [{ products: [90], severity: 'HIGH', fixed }] }) as const;

/** Images of vendors that rebuild the packages of distributions, which Trivy matches with advisories of theirs. */
export const suppliedImages: readonly CorpusImage[] = [
  {
    name: 'Debian 12 rebuilt by Root.io',
    layers: [
      debian('12.11', [
        { name: 'libssl3', source: 'openssl', version: '3.0.15-1.root.io.1' },
        { name: 'zlib1g', source: 'zlib', version: '1:1.2.13-1' },
        { name: 'gh', version: '2.60.0', maintainer: 'GitHub' },
      ]),
    ],
    advisories: [
      ['debian 12', 'openssl', until('3.0.17-1'), 1],
      ['root.io debian 12', 'openssl', { vulnerable: ['<3.0.15-1.root.io.1'], patched: ['3.0.15-1.root.io.1'] }, 1],
      [
        'root.io debian 12',
        'openssl',
        { vulnerable: ['<3.0.15-1.root.io.9'], patched: ['3.0.15-1.root.io.9'], severity: 'CRITICAL' },
        2,
      ],
      ['debian 12', 'zlib', until('1:1.3-1')],
      ['root.io debian 12', 'gh', { vulnerable: ['<9'] }],
    ],
  },
  {
    name: 'Ubuntu 20.04 rebuilt by Root.io, after its end of life',
    layers: [ubuntu('20.04', [{ name: 'libssl3', source: 'openssl', version: '3.0.15-1.root.io.1' }])],
    advisories: [
      ['ubuntu 20.04', 'openssl', until('3.0.17-1')],
      ['root.io ubuntu 20.04', 'openssl', below('3.0.16-1')],
    ],
  },
  {
    name: 'Alpine 3.18 rebuilt by Root.io, after its end of life',
    layers: [
      {
        ...alpine('3.18.9', [{ name: 'libssl3', origin: 'openssl', version: '3.1.4-r10071' }]),
        'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n',
      },
    ],
    advisories: [
      ['alpine 3.18', 'openssl', until('3.1.5-r0')],
      ['alpine edge', 'openssl', until('9-r0')],
      ['root.io alpine 3.18', 'openssl', below('3.1.4-r10072')],
    ],
  },
  {
    name: 'Debian 10 with packages of Seal Security',
    layers: [
      debian('10.13', [
        { name: 'seal-openssl', version: '1.1.1n-0+sp1' },
        { name: 'zlib1g', source: 'zlib', version: '1:1.2.11-1' },
        { name: 'gh', version: '2.60.0', maintainer: 'GitHub' },
        { name: 'seal-nginx', version: '1.20', maintainer: 'nginx-packaging@f5.com' },
      ]),
    ],
    advisories: [
      ['seal debian', 'seal-openssl', { vulnerable: ['<1.1.1n-0+sp2'], patched: ['1.1.1n-0+sp2'], severity: 'LOW' }],
      ['seal debian', 'seal-nginx', below('1.21')],
      ['debian 10', 'zlib', until('1:1.3-1')],
      ['debian 10', 'gh', until('9')],
      ['debian 10', 'seal-openssl', until('9')],
    ],
  },
  {
    name: 'Alpine 3.19 with packages of Seal Security',
    layers: [
      {
        ...alpine('3.19.4', [
          { name: 'seal-libssl3', origin: 'seal-openssl', version: '3.1.4-r0' },
          { name: 'zlib', version: '1.3-r0' },
        ]),
        'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n',
      },
    ],
    advisories: [
      ['seal alpine', 'seal-openssl', below('3.1.5-r0')],
      ['alpine 3.19', 'zlib', until('1.3.1-r0')],
      ['alpine edge', 'zlib', until('1.3.2-r0')],
    ],
  },
  {
    name: 'Red Hat 9 with packages of Seal Security',
    layers: [
      rhel9(
        { name: 'seal-openssl-libs', source: 'seal-openssl', version: '3.0.7', release: '1.el9+sp1' },
        { name: 'zlib', version: '1.2.11', release: '1.el9', vendor: 'Red Hat' },
        { name: 'docker-ce', version: '28.0.0', release: '1.el9', vendor: 'Docker' },
      ),
    ],
    advisories: [
      ['seal Red Hat 9', 'seal-openssl', below('3.0.7-2.el9+sp1')],
      ['Red Hat', 'zlib', redHat('1.2.12-1')],
      ['Red Hat', 'docker-ce', redHat('29-1')],
    ],
  },
  {
    name: 'Ubuntu 22.04 curated by RapidFort',
    layers: [
      ubuntu('22.04', [
        { name: 'libssl3', source: 'openssl', version: '3.0.2-0ubuntu1' },
        { name: 'zlib1g', source: 'zlib', version: '1:1.2.11-1+rf.1' },
        { name: 'gh', version: '2.60.0', maintainer: 'GitHub' },
      ]),
      curated,
    ],
    advisories: [
      ['ubuntu 22.04', 'openssl', until('3.0.2-0ubuntu9')],
      [
        'rapidfort ubuntu 22.04',
        'openssl',
        { vulnerable: ['<3.0.2-0ubuntu8'], patched: ['3.0.2-0ubuntu8'], severity: 'LOW' },
      ],
      ['rapidfort ubuntu 22.04', 'zlib', below('1:9')],
      ['rapidfort ubuntu', 'zlib', below('1:1.2.11-1+rf.2')],
      ['rapidfort ubuntu 22.04', 'gh', below('9')],
    ],
  },
  {
    name: 'Alpine 3.18 curated by RapidFort, whose first layer says so',
    layers: [curated, alpine('3.18.9', [{ name: 'libssl3', origin: 'openssl', version: '3.1.4-r0' }])],
    advisories: [
      ['alpine 3.18', 'openssl', until('3.1.9-r0')],
      ['rapidfort alpine 3.18', 'openssl', below('3.1.5-r0')],
    ],
  },
  {
    name: 'Red Hat 9 curated by RapidFort',
    layers: [
      {
        ...rhel9(
          { name: 'openssl-libs', source: 'openssl', version: '3.0.7', release: '1.el9_4', vendor: 'Red Hat' },
          { name: 'curl', version: '7.76.1', release: '26.rf1', vendor: 'RapidFort' },
          { name: 'htop', version: '3.0', release: '1.fc43', vendor: 'Fedora Project' },
          { name: 'old', version: '1.0', release: '1.el8', vendor: 'RapidFort' },
        ),
        ...curated,
      },
    ],
    advisories: [
      ['Red Hat', 'openssl-libs', redHat('3.0.9-1')],
      ['rapidfort Red Hat 9', 'openssl', below('3.0.7-2.el9')],
      ['rapidfort Red Hat', 'curl', below('7.76.1-27.rf1')],
      ['rapidfort fedora 43', 'htop', below('3.1-1')],
      ['rapidfort Red Hat 8', 'old', below('1.1-1')],
      ['rapidfort Red Hat 9', 'old', below('1.2-1')],
    ],
  },
  {
    name: 'packages of Seal Security in other languages',
    layers: [
      {
        ...npmPackage('app', '@seal-security/ejs', '3.1.8'),
        ...npmPackage('app', 'ejs', '3.1.8-sp1'),
        ...npmPackage('app', 'other', '1.0.0-sp1'),
        ...distInfo('usr/lib/python3/site-packages', 'seal_django', '4.2.8'),
        ...distInfo('usr/lib/python3/site-packages', 'Django', '4.2.8+sp1'),
      },
    ],
    advisories: [
      ['seal npm::Seal Security', '@seal-security/ejs', below('3.1.9')],
      ['seal npm::Seal Security', 'ejs', { vulnerable: ['<3.1.8-sp2'], patched: ['3.1.8-sp2'] }],
      [ghsa.npm, 'ejs', below('3.1.10')],
      [ghsa.npm, 'other', below('1.0.0')],
      ['seal pip::Seal Security', 'django', { vulnerable: ['<4.2.8+sp2'], patched: ['4.2.8+sp2'] }],
      ['seal pip::Seal Security', 'seal-django', below('4.2.9')],
      [ghsa.pip, 'django', below('4.2.20')],
    ],
  },
];

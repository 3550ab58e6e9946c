import type { Files } from '../../../hack/images/layer.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { type DebianPackage, debian, stanza, ubuntu } from '../../../hack/images/packages/dpkg.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rpmDatabase } from '../../../hack/images/packages/rpm.ts';
import { type AdvisoryRow, below, type CorpusImage, ghsa, until } from './corpus-image.ts';

const openssl = (version: string): DebianPackage => ({ name: 'libssl3', source: 'openssl', version });
const opensslRow: AdvisoryRow = ['debian 12', 'openssl', until('3.0.17-1')];
const lodashRow: AdvisoryRow = [ghsa.npm, 'lodash', below('4.17.21')];
const lodash = npmPackage('app', 'lodash', '4.17.20');
const status = (...packages: readonly DebianPackage[]): Files => ({
  'var/lib/dpkg/status': packages.map(stanza).join('\n'),
});

/** What several layers make of each other. */
export const layeredImages: readonly CorpusImage[] = [
  {
    name: 'a package that a later layer upgrades in part',
    layers: [
      debian('12.11', [openssl('3.0.15-1'), { name: 'zlib1g', source: 'zlib', version: '1.2.13-1' }]),
      status(openssl('3.0.16-1'), { name: 'zlib1g', source: 'zlib', version: '1.3-1' }),
      {},
    ],
    advisories: [opensslRow, ['debian 12', 'zlib', until('1.3-1')]],
  },
  {
    name: 'packages of two layers in a distroless image',
    layers: [
      { ...debian('12.11', []), 'var/lib/dpkg/status.d/openssl': stanza(openssl('3.0.15-1')) },
      { 'var/lib/dpkg/status.d/zlib': stanza({ name: 'zlib1g', source: 'zlib', version: '1.2.13-1' }) },
    ],
    advisories: [opensslRow, ['debian 12', 'zlib', until('1.3-1')]],
  },
  {
    name: 'a package database that a later layer deletes',
    layers: [debian('12.11', [openssl('3.0.15-1')]), { ...lodash, 'var/lib/dpkg/.wh.status': '' }],
    advisories: [opensslRow, lodashRow],
  },
  {
    name: 'a package that a later layer deletes',
    layers: [
      { ...lodash, ...npmPackage('app', 'minimist', '1.2.0') },
      { 'app/node_modules/lodash/.wh.package.json': '' },
    ],
    advisories: [lodashRow, [ghsa.npm, 'minimist', below('1.2.6')]],
  },
  {
    name: 'a directory that a later layer deletes',
    layers: [{ ...lodash, ...npmPackage('srv', 'lodash', '4.17.20') }, { '.wh.app': '' }],
    advisories: [lodashRow],
  },
  {
    name: 'a directory that a later layer makes anew',
    layers: [
      { ...lodash, ...npmPackage('app', 'minimist', '1.2.0') },
      { 'app/node_modules/.wh..wh..opq': '', ...npmPackage('app', 'minimist', '1.2.1') },
    ],
    advisories: [lodashRow, [ghsa.npm, 'minimist', below('1.2.6')]],
  },
  {
    name: 'a package that a later layer deletes and a still later one brings back',
    layers: [lodash, { 'app/.wh.node_modules': '' }, npmPackage('app', 'lodash', '4.17.19')],
    advisories: [lodashRow],
  },
  {
    name: 'the same package in two layers',
    layers: [lodash, npmPackage('srv', 'lodash', '4.17.20'), lodash],
    advisories: [lodashRow],
  },
  {
    name: 'Debian 11 upgraded to 12',
    layers: [
      debian('11.11', [openssl('3.0.15-1')]),
      { ...osRelease('debian', '12'), 'etc/debian_version': '12.11\n', ...status(openssl('3.0.16-1')) },
    ],
    advisories: [opensslRow, ['debian 11', 'openssl', until('3.0.18-1')]],
  },
  {
    name: 'Alpine 3.19 upgraded to 3.22',
    layers: [
      alpine('3.19.4', [{ name: 'libssl3', origin: 'openssl', version: '3.1.0-r0' }]),
      alpine('3.22.1', [{ name: 'libssl3', origin: 'openssl', version: '3.3.1-r0' }]),
    ],
    advisories: [
      ['alpine 3.19', 'openssl', until('3.3.5-r0')],
      ['alpine 3.22', 'openssl', until('3.3.6-r0')],
    ],
  },
  {
    name: 'Alpine 3.19 whose later layer brings other repositories',
    layers: [
      {
        ...alpine('3.19.4', [{ name: 'libssl3', origin: 'openssl', version: '3.1.0-r0' }]),
        'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/v3.19/main\n',
      },
      { 'etc/apk/repositories': 'https://dl-cdn.alpinelinux.org/alpine/edge/main\n' },
    ],
    advisories: [
      ['alpine 3.19', 'openssl', until('3.3.5-r0')],
      ['alpine edge', 'openssl', until('3.3.6-r0')],
    ],
  },
  {
    name: 'Ubuntu 20.04 upgraded to 24.04',
    layers: [ubuntu('20.04', [openssl('3.0.15-1')]), ubuntu('24.04', [openssl('3.0.16-1')])],
    advisories: [
      ['ubuntu 20.04', 'openssl', until('3.0.17-1')],
      ['ubuntu 24.04', 'openssl', until('3.0.18-1')],
    ],
  },
  {
    name: 'an image of two distributions',
    layers: [
      debian('12.11', [openssl('3.0.15-1')]),
      alpine('3.22.1', [{ name: 'libssl3', origin: 'openssl', version: '3.3.1-r0' }]),
    ],
    advisories: [opensslRow, ['debian 12', 'libssl3', until('9')], ['alpine 3.22', 'openssl', until('3.3.6-r0')]],
  },
  {
    name: 'an image of two families of distributions',
    layers: [
      alpine('3.22.1', [{ name: 'libssl3', origin: 'openssl', version: '3.3.1-r0' }]),
      {
        ...osRelease('rocky', '9.3'),
        ...rpmDatabase([
          { name: 'openssl-libs', source: 'openssl', version: '3.0.7', release: '1.el9', vendor: 'Rocky' },
        ]),
      },
    ],
    advisories: [
      ['alpine 3.22', 'openssl', until('3.3.6-r0')],
      ['rocky 9', 'openssl-libs', { entries: [{ fixed: '0:9-1', architectures: ['x86_64'] }] }],
    ],
  },
  {
    name: 'a distribution in the last of many layers',
    layers: [{}, lodash, {}, { 'etc/debian_version': '12.11\n' }, status(openssl('3.0.15-1')), { 'app/x': 'y' }],
    advisories: [opensslRow, lodashRow],
  },
  {
    name: 'a distribution whose release file is a link',
    layers: [
      {
        'etc/os-release': { type: 'symlink', linkname: '../usr/lib/os-release' },
        'usr/lib/os-release': 'ID=rocky\nVERSION_ID="9.3"\n',
        ...rpmDatabase([{ name: 'openssl-libs', version: '3.0.7', release: '1.el9', vendor: 'Rocky' }]),
      },
    ],
    advisories: [['rocky 9', 'openssl-libs', { entries: [{ fixed: '0:9-1', architectures: ['x86_64'] }] }]],
  },
  {
    name: 'an image of 60 layers',
    layers: Array.from({ length: 60 }, (_, i) => npmPackage(`app${i % 50}`, 'lodash', `4.17.${i % 30}`)),
    advisories: [lodashRow],
  },
  {
    name: 'an image without layers',
    layers: [],
    advisories: [],
    nothing: 'it has no layer',
  },
  {
    name: 'symbolic and hard links instead of files',
    layers: [
      {
        ...debian('12.11', [openssl('3.0.15-1')]),
        'app/node_modules/link/package.json': { type: 'symlink', linkname: '/app/node_modules/lodash/package.json' },
        ...lodash,
        'srv/node_modules/lodash/package.json': { type: 'link', linkname: 'app/node_modules/lodash/package.json' },
      },
    ],
    advisories: [opensslRow, lodashRow],
  },
];

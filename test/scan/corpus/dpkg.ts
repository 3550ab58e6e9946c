import type { Files } from '../../../hack/images/layer.ts';
import { type DebianPackage, debian, stanza, ubuntu } from '../../../hack/images/packages/dpkg.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { below, type CorpusImage, ghsa, unfixed, until } from './corpus-image.ts';
import { distInfo } from './python-files.ts';

const openssl: DebianPackage = { name: 'libssl3', source: 'openssl', version: '3.0.15-1' };
const fixedOpenssl = until('3.0.17-1');
const F5 = 'NGINX Packaging <nginx-packaging@f5.com>';

const debianFamily = (name: string, version: string): CorpusImage => ({
  name,
  layers: [debian(version, [openssl])],
  advisories: [fixedOpenssl, until('3.0.15-1')].map(
    (advisory) => [`debian ${version.split('.')[0]}`, 'openssl', advisory] as const,
  ),
});

const ubuntuFamily = (name: string, version: string, bucket = `ubuntu ${version}`): CorpusImage => ({
  name,
  layers: [ubuntu(version, [openssl])],
  advisories: [
    [bucket, 'openssl', fixedOpenssl],
    [`${bucket}-ESM`, 'openssl', until('3.0.18-1')],
  ],
});

const pro = (services: readonly { name: string; status: string }[]): Files => ({
  'var/lib/ubuntu-advantage/status.json': JSON.stringify({ services }),
});
const extended = pro([{ name: 'esm-infra', status: 'enabled' }]);

const md5sums = (name: string, files: readonly string[]): Files => ({
  [`var/lib/dpkg/info/${name}.md5sums`]: files.map((file) => `d41d8cd98f00b204e9800998ecf8427e  ${file}\n`).join(''),
});

export const debianImages: readonly CorpusImage[] = [
  debianFamily('Debian 13', '13.1'),
  debianFamily('Debian 12', '12.11'),
  debianFamily('Debian 11, after its end of life', '11.11'),
  debianFamily('Debian 10, after its end of life', '10.13'),
  debianFamily('Debian 8, after its end of life', '8.11'),
  {
    name: 'Debian testing',
    layers: [{ ...debian('13', [openssl]), 'etc/debian_version': 'forky/sid\n' }],
    advisories: [
      ['debian forky/sid', 'openssl', fixedOpenssl],
      ['debian 13', 'openssl', until('3.0.19-1')],
    ],
  },
  {
    name: 'Kali, which is Debian with another version',
    layers: [{ ...debian('12', [openssl]), ...osRelease('kali', '2026.1'), 'etc/debian_version': 'kali-rolling\n' }],
    advisories: [
      ['debian kali-rolling', 'openssl', fixedOpenssl],
      ['debian 12', 'openssl', until('3.0.19-1')],
    ],
  },
  {
    name: 'Debian 12 with nginx of its maker',
    layers: [debian('12.11', [openssl, { name: 'nginx', version: '1.29.1-1~bookworm', maintainer: F5 }])],
    advisories: [
      ['debian 12', 'openssl', fixedOpenssl],
      ['debian 12', 'nginx', until('1.30.0-1')],
      ['debian 12', 'nginx', unfixed()],
    ],
  },
  {
    name: 'Debian 12 with packages of many makers',
    layers: [
      debian('12.11', [
        openssl,
        { name: 'docker-ce', version: '5:28.0.0-1', maintainer: 'Docker <support@docker.com>' },
        { name: 'gh', version: '2.60.0', maintainer: 'GitHub' },
        { name: 'github-like', version: '2.60.0', maintainer: 'GitHub Inc' },
        { name: 'nodejs', version: '20.1.0-1nodesource1', maintainer: 'Node <x@nodesource.com>' },
        {
          name: 'mariadb-server',
          version: '1:11.4.2',
          maintainer: 'MariaDB Developers <developers@lists.mariadb.org>',
        },
      ]),
    ],
    advisories: [
      ['debian 12', 'openssl', fixedOpenssl],
      ...['docker-ce', 'gh', 'github-like', 'nodejs', 'mariadb-server'].map(
        (name) => ['debian 12', name, unfixed()] as const,
      ),
    ],
  },
  {
    name: 'Debian 12 with files of its own packages and of others in other languages',
    layers: [
      {
        ...debian('12.11', [
          { name: 'python3-django', version: '3.2.1-1' },
          { name: 'nodejs', version: '20.1.0-1nodesource1', maintainer: 'Node <x@nodesource.com>' },
        ]),
        ...md5sums('python3-django', ['usr/lib/python3/dist-packages/Django-3.2.1.dist-info/METADATA']),
        ...md5sums('nodejs', ['usr/lib/node_modules/npm/package.json']),
        ...distInfo('usr/lib/python3/dist-packages', 'Django', '3.2.1'),
        ...npmPackage('usr/lib', 'npm', '10.0.0'),
      },
    ],
    advisories: [
      [ghsa.pip, 'django', below('3.2.5')],
      [ghsa.npm, 'npm', below('10.2.0')],
    ],
  },
  {
    name: 'Debian 12 without the package manager',
    layers: [
      {
        'etc/debian_version': '12.11\n',
        'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
        'var/lib/dpkg/status.d/libssl3': stanza(openssl),
        'var/lib/dpkg/status.d/base': stanza({ name: 'base-files', version: '12.4' }),
        'var/lib/dpkg/status.d/libssl3.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/lib/libssl.so\n',
      },
    ],
    advisories: [
      ['debian 12', 'openssl', fixedOpenssl],
      ['debian 12', 'base-files', unfixed('will_not_fix')],
    ],
  },
  {
    name: 'Debian 12 with odd versions',
    layers: [
      debian('12.11', [
        { name: 'libfoo', source: 'foo', sourceVersion: '2:1.0~rc1+dfsg-2', version: '5.0+b1' },
        { name: 'bind9-host', source: 'bind9', version: '1:9.18.28-1~deb12u2' },
        { name: 'linux-libc-dev', source: 'linux', version: '6.1.129-1+b1', architecture: 'all' },
        { name: 'libnative', version: '20240101+git.abc' },
        { name: 'libalien', version: '1.0-1', architecture: 'i386' },
      ]),
    ],
    advisories: [
      ['debian 12', 'foo', until('2:1.0-1')],
      ['debian 12', 'foo', until('1.0-9')],
      ['debian 12', 'bind9', until('1:9.18.33-1~deb12u2')],
      ['debian 12', 'linux', until('6.1.130-1')],
      ['debian 12', 'libnative', until('20240102')],
      ['debian 12', 'libalien', unfixed('end_of_life')],
    ],
  },
  {
    name: 'Debian 12 with severities and states of its own',
    layers: [debian('12.11', [{ ...openssl, version: '3.0.14-1' }])],
    advisories: [
      ['debian 12', 'openssl', { status: 'will_not_fix', severity: 'CRITICAL' }],
      ['debian 12', 'openssl', { status: 'fix_deferred', severity: 'LOW' }],
      ['debian 12', 'openssl', { status: 'under_investigation' }],
      ['debian 12', 'openssl', { fixed: '9', severity: 'HIGH' }],
    ],
  },
  {
    name: 'Debian 12 with a package that was removed',
    layers: [
      {
        ...debian('12.11', []),
        'var/lib/dpkg/status': `${stanza(openssl)}\n${stanza({ name: 'exim4', version: '4.96-15' }).replace('install ok installed', 'deinstall ok config-files')}`,
      },
    ],
    advisories: [
      ['debian 12', 'openssl', fixedOpenssl],
      ['debian 12', 'exim4', unfixed()],
    ],
  },
  {
    name: 'Debian 12 that lost its package database',
    layers: [osRelease('debian', '12'), { 'etc/debian_version': '12.11\n', 'usr/bin/app': 'x' }],
    advisories: [],
    nothing: 'nothing says which packages are in it',
  },
  {
    name: 'a package database of dpkg without a distribution',
    layers: [{ 'var/lib/dpkg/status': stanza(openssl), ...npmPackage('app', 'lodash', '4.17.20') }],
    advisories: [
      ['debian 12', 'openssl', fixedOpenssl],
      [ghsa.npm, 'lodash', below('4.17.21')],
    ],
  },
  ubuntuFamily('Ubuntu 26.04', '26.04'),
  ubuntuFamily('Ubuntu 24.04', '24.04'),
  ubuntuFamily('Ubuntu 22.04', '22.04'),
  ubuntuFamily('Ubuntu 20.04, after its end of life', '20.04'),
  ubuntuFamily('Ubuntu 18.04, after its end of life', '18.04'),
  ubuntuFamily('Ubuntu 25.04, after its end of life', '25.04'),
  ...['24.04', '22.04', '20.04', '18.04', '16.04', '14.04'].map((version): CorpusImage => {
    const plain = ubuntuFamily(`Ubuntu ${version} with extended support`, version);
    return { ...plain, layers: [...plain.layers, extended] };
  }),
  {
    ...ubuntuFamily('Ubuntu 18.04 whose first layer says that it has extended support', '18.04'),
    layers: [extended, ubuntu('18.04', [openssl])],
  },
  {
    ...ubuntuFamily('Ubuntu 18.04 with extended support of applications only', '18.04'),
    layers: [
      ubuntu('18.04', [openssl]),
      pro([
        { name: 'esm-apps', status: 'enabled' },
        { name: 'esm-infra', status: 'disabled' },
      ]),
    ],
  },
  {
    name: 'Ubuntu 24.04 with packages of others',
    layers: [
      ubuntu('24.04', [
        openssl,
        { name: 'code', version: '1.90.0-1', maintainer: 'VS <vscode-linux@microsoft.com>' },
        { name: 'grafana', version: '11.0.0', maintainer: 'contact@grafana.com' },
      ]),
    ],
    advisories: [
      ['ubuntu 24.04', 'openssl', fixedOpenssl],
      ['ubuntu 24.04', 'code', unfixed()],
      ['ubuntu 24.04', 'grafana', unfixed()],
    ],
  },
  {
    name: 'Echo',
    layers: [
      {
        ...debian('13', [openssl, { name: 'gh', version: '2.60.0', maintainer: 'GitHub' }]),
        ...osRelease('echo', '1'),
        'etc/debian_version': '',
      },
    ],
    advisories: [
      ['echo', 'openssl', { fixed: '3.0.17-1', severity: 'CRITICAL' }],
      ['echo', 'gh', until('2.70.0')],
      ['debian 13', 'openssl', unfixed()],
    ],
  },
  {
    name: 'ActiveState, which Trivy knows and matches with nothing',
    layers: [
      {
        ...osRelease('activestate', '1'),
        'var/lib/dpkg/status': stanza(openssl),
        ...npmPackage('app', 'lodash', '4.17.20'),
      },
    ],
    advisories: [
      [ghsa.npm, 'lodash', below('4.17.21')],
      ['debian 12', 'openssl', fixedOpenssl],
    ],
  },
];

import type { Files } from '../../../hack/images/layer.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { type RpmPackage, rpmDatabase, rpmManifest } from '../../../hack/images/packages/rpm.ts';
import type { Advisory } from '../../../hack/trivydb/fixture.ts';
import { type AdvisoryRow, below, type CorpusImage, ghsa, until } from './corpus-image.ts';
import { distInfo } from './python-files.ts';

interface Distribution {
  readonly id: string;
  readonly version: string;
  readonly vendor?: string;
  /** The file that tells relatives apart, and its line. */
  readonly release?: readonly [path: string, line: string];
  readonly database?: string;
}

const files = ({ id, version, release, database }: Distribution, packages: readonly RpmPackage[]): Files => ({
  ...osRelease(id, version),
  ...(release && { [release[0]]: `${release[1]}\n` }),
  ...rpmDatabase(packages, database),
});

const openssl = (release: string, more: Partial<RpmPackage> = {}): RpmPackage => ({
  ...{ name: 'openssl-libs', source: 'openssl', epoch: 1, version: '3.0.7', release },
  ...more,
});

/** An image with openssl of the distribution, and a package of another vendor that has the same name as one of its. */
function rpmImage(
  name: string,
  distribution: Distribution,
  bucket: string,
  more: { readonly release?: string; readonly byVersion?: boolean; readonly key?: string } = {},
): CorpusImage {
  const { release = '1.el9', key = 'openssl-libs' } = more;
  const { vendor = 'Example Vendor' } = distribution;
  return {
    name,
    layers: [
      files(distribution, [
        openssl(release, { vendor }),
        { name: 'containerd.io', version: '1.7.0', release: '3.1', vendor: 'Docker' },
        { name: 'gpg-pubkey', version: '1', release: '1', vendor },
      ]),
    ],
    advisories: [
      [bucket, key, until('1:3.0.7-9')],
      [bucket, 'containerd.io', until('2.0.0-1')],
      [bucket, 'gpg-pubkey', until('9-9')],
    ],
  };
}

const redHatRelease = (line: string): readonly [string, string] => ['etc/redhat-release', line];
const vendor = 'Red Hat, Inc.';
const rhel8: Distribution = {
  ...{ id: 'rhel', version: '8.9', vendor, release: redHatRelease('Red Hat Enterprise Linux release 8.9 (Ootpa)') },
};
const rhel9: Distribution = {
  ...{ id: 'rhel', version: '9.4', vendor, release: redHatRelease('Red Hat Enterprise Linux release 9.4 (Plow)') },
};

/** Of Red Hat: fixed in packages of these products. */
const of = (products: readonly number[], fixed?: string, architectures?: readonly string[]): Advisory => ({
  entries: [
    { products, severity: 'HIGH', ...(fixed !== undefined && { fixed }), ...(architectures && { architectures }) },
  ],
});
const unfixedOf = (products: readonly number[], status: Advisory['status']): Advisory => ({
  entries: [{ products, severity: 'LOW', ...(status && { status }) }],
});

const contentSets = (path: string, ...sets: readonly string[]): Files => ({
  [path]: JSON.stringify({ content_sets: sets, image_contents: [] }),
});
const buildInfo = 'root/buildinfo/content_manifests/ubi-container.json';

const everyProduct: readonly AdvisoryRow[] = [80, 81, 82, 90, 91, 92, 93].map((product) => [
  ...(['Red Hat', 'openssl-libs', of([product], `1:3.0.7-${product}`)] as const),
]);

const node = (label?: string): RpmPackage => ({
  ...{ name: 'nodejs', version: '18.14.2', release: '2.module_el8.7.0+1', source: 'nodejs', vendor },
  ...(label !== undefined && { modularity: label }),
});

const modular = (bucket: string, entries?: Advisory): readonly AdvisoryRow[] => [
  [bucket, 'nodejs:18::nodejs', entries ?? until('18.19.0-1.module_el8.9.0')],
  [bucket, 'nodejs:16::nodejs', entries ?? until('16.99.0-1')],
  [bucket, 'nodejs', entries ?? until('99-1')],
];

/** One entry for each architecture. */
const perArchitecture = (fixed: string): Advisory => ({
  entries: [
    { fixed, architectures: ['x86_64', 'noarch'] },
    { fixed: `${fixed}.arm`, architectures: ['aarch64'] },
  ],
});

const azurePackages: readonly RpmPackage[] = [
  { name: 'openssl-libs', source: 'openssl', version: '3.3.0', release: '1.azl3', vendor: 'Microsoft Corporation' },
  { name: 'zlib', version: '1.3', release: '1.azl3', vendor: 'Microsoft Corporation' },
];

const bottlerocket = 'x86_64-bottlerocket-linux-gnu/sys-root/usr';

export const rpmImages: readonly CorpusImage[] = [
  {
    name: 'Red Hat 8 of its own repositories',
    layers: [
      files(rhel8, [
        openssl('1.el8', { vendor }),
        { ...openssl('1.el8'), name: 'noarch-data', vendor, architecture: 'noarch' },
      ]),
    ],
    advisories: [
      ...everyProduct,
      ['Red Hat', 'noarch-data', of([80], '1:9', ['aarch64'])],
      ['Red Hat', 'openssl-libs', of([80], '1:9', ['aarch64'])],
      ['Red Hat', 'openssl-libs', of([80], '1:9-7', ['x86_64'])],
    ],
  },
  {
    name: 'Red Hat 9 of its own repositories',
    layers: [files(rhel9, [openssl('1.el9', { vendor })])],
    advisories: everyProduct,
  },
  {
    name: 'Red Hat 9 of extended repositories',
    layers: [
      {
        ...files(rhel9, [openssl('1.el9', { vendor })]),
        ...contentSets(buildInfo, 'rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_2'),
      },
    ],
    advisories: everyProduct,
  },
  {
    name: 'Red Hat 9 of repositories with a suffix of the build',
    layers: [
      {
        ...files(rhel9, [openssl('1.el9', { vendor })]),
        ...contentSets(buildInfo, 'rhel-9-for-x86_64-appstream-rpms__9'),
      },
    ],
    advisories: everyProduct,
  },
  {
    name: 'Red Hat 9 whose base says nothing and whose next layer has repositories',
    layers: [
      files(rhel9, [openssl('1.el9', { vendor })]),
      contentSets(buildInfo, 'rhocp-4.17-for-rhel-9-x86_64-rpms'),
      { 'app/README': 'x' },
    ],
    advisories: everyProduct,
  },
  {
    name: 'Red Hat 9 with a package of a later layer',
    layers: [
      { ...files(rhel9, [openssl('1.el9', { vendor })]), ...contentSets(buildInfo, 'rhel-9-for-x86_64-baseos-rpms') },
      {
        ...rpmDatabase([openssl('1.el9', { vendor }), { ...openssl('1.el9', { vendor }), name: 'ose' }]),
        ...contentSets('usr/share/buildinfo/ose.json', 'rhocp-4.17-for-rhel-9-x86_64-rpms'),
      },
    ],
    advisories: [...everyProduct, ['Red Hat', 'ose', of([93], '1:4-1')], ['Red Hat', 'ose', of([90], '1:5-1')]],
  },
  {
    name: 'Red Hat 8 that is known by its name, version and release',
    layers: [
      {
        ...files(rhel8, [openssl('1.el8', { vendor })]),
        'root/buildinfo/Dockerfile-ubi8-8.9-1028':
          'FROM scratch\nLABEL com.redhat.component="ubi8-container" architecture="x86_64"\n',
      },
    ],
    advisories: everyProduct,
  },
  {
    name: 'Red Hat 8 with packages of EPEL and of others',
    layers: [
      files(rhel8, [
        openssl('1.el8', { vendor }),
        { name: 'htop', version: '3.0', release: '1.el8', vendor: 'Fedora Project' },
        { name: 'docker-ce', version: '28.0.0', release: '1.el8', vendor: 'Docker' },
        { name: 'nameless', version: '1', release: '1.el8' },
      ]),
    ],
    advisories: ['htop', 'docker-ce', 'nameless', 'openssl-libs'].map((name) => ['Red Hat', name, of([80], '1:99-1')]),
  },
  {
    name: 'Red Hat 8 with states instead of fixes',
    layers: [files(rhel8, [openssl('1.el8', { vendor })])],
    advisories: (['will_not_fix', 'fix_deferred', 'affected', 'end_of_life', 'under_investigation'] as const).map(
      (status) => ['Red Hat', 'openssl-libs', unfixedOf([80], status)],
    ),
  },
  {
    name: 'Red Hat 8 with a module',
    layers: [files(rhel8, [node('nodejs:18:8080020230718:63b34585')])],
    advisories: modular('Red Hat', of([81], '99-1')),
  },
  {
    name: 'Red Hat 8 with a package of a module that does not say so',
    layers: [files(rhel8, [node()])],
    advisories: modular('Red Hat', of([81], '99-1')),
  },
  {
    name: 'Red Hat 9 with files of its own packages and of others in other languages',
    layers: [
      {
        ...files(rhel9, [
          openssl('1.el9', { vendor, files: ['/usr/lib/python3.9/site-packages/Django-3.2.1.dist-info/METADATA'] }),
          {
            name: 'nodejs',
            version: '20',
            release: '1nodesource',
            vendor: 'Node Source',
            files: ['/usr/lib/node_modules/npm/package.json'],
          },
        ]),
        ...distInfo('usr/lib/python3.9/site-packages', 'Django', '3.2.1'),
        ...npmPackage('usr/lib', 'npm', '10.0.0'),
      },
    ],
    advisories: [[ghsa.pip, 'django', below('3.2.5')], [ghsa.npm, 'npm', below('10.2.0')], ...everyProduct],
  },
  {
    name: 'Red Hat 10, whose repositories Trivy does not know',
    layers: [
      files(
        { id: 'rhel', version: '10.0', release: redHatRelease('Red Hat Enterprise Linux release 10.0 (Coughlan)') },
        [openssl('1.el10', { vendor })],
      ),
    ],
    advisories: everyProduct,
    nothing: 'Trivy refuses it',
  },
  {
    ...rpmImage(
      'CentOS 7, after its end of life',
      {
        id: 'centos',
        // The real file says 7: of two different versions in one layer Trivy takes the one that it reads first.
        version: '7.9.2009',
        vendor: 'CentOS',
        release: ['etc/centos-release', 'CentOS Linux release 7.9.2009 (Core)'],
      },
      'Red Hat',
    ),
    advisories: [
      ['Red Hat', 'openssl-libs', of([70], '1:3.0.7-9')],
      ['Red Hat', 'containerd.io', of([70], '9-1')],
    ],
  },
  {
    ...rpmImage(
      'CentOS 8, after its end of life',
      { id: 'centos', version: '8.5.2111', vendor: 'CentOS', release: redHatRelease('CentOS Linux release 8.5.2111') },
      'Red Hat',
    ),
    advisories: [
      ['Red Hat', 'openssl-libs', of([80], '1:3.0.7-9')],
      ['Red Hat', 'containerd.io', of([80], '9-1')],
    ],
  },
  {
    name: 'CentOS Stream 9, which Trivy matches with nothing',
    layers: [
      {
        ...files({ id: 'centos', version: '9' }, [openssl('1.el9', { vendor: 'CentOS' })]),
        'etc/os-release': 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"\n',
        ...npmPackage('app', 'lodash', '4.17.20'),
      },
    ],
    advisories: [...everyProduct, [ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    name: 'Fedora, which Trivy matches with nothing',
    layers: [
      {
        ...files(
          {
            id: 'fedora',
            version: '43',
            release: ['etc/fedora-release', 'Fedora release 43 (Forty Three)'],
            database: 'usr/lib/sysimage/rpm/rpmdb.sqlite',
          },
          [openssl('1.fc43', { vendor: 'Fedora Project' })],
        ),
        ...npmPackage('app', 'lodash', '4.17.20'),
      },
    ],
    advisories: [...everyProduct, [ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    ...rpmImage(
      'Rocky Linux 9',
      {
        id: 'rocky',
        version: '9.3',
        vendor: 'Rocky Enterprise Software Foundation',
        release: ['etc/rocky-release', 'Rocky Linux release 9.3 (Blue Onyx)'],
      },
      'rocky 9',
    ),
    advisories: [
      ['rocky 9', 'openssl-libs', perArchitecture('1:3.0.7-9')],
      ['rocky 9', 'containerd.io', perArchitecture('9-1')],
      ['rocky 9', 'openssl-libs', { entries: [{ fixed: '1:9-1', architectures: ['aarch64'] }] }],
    ],
  },
  {
    name: 'Rocky Linux 8 with a module',
    layers: [
      files({ id: 'rocky', version: '8.9' }, [{ ...node('nodejs:18:8090020240101:489197e6'), vendor: 'Rocky' }]),
    ],
    advisories: modular('rocky 8', perArchitecture('99-1')),
  },
  rpmImage(
    'AlmaLinux 9',
    {
      id: 'almalinux',
      version: '9.3',
      vendor: 'AlmaLinux',
      release: ['etc/almalinux-release', 'AlmaLinux release 9.3 (Shamrock)'],
    },
    'alma 9',
  ),
  {
    name: 'AlmaLinux 8 with a module',
    layers: [
      files({ id: 'almalinux', version: '8.9' }, [
        { ...node('nodejs:18:8090020240101:489197e6'), vendor: 'AlmaLinux' },
      ]),
    ],
    advisories: modular('alma 8'),
  },
  {
    name: 'AlmaLinux 8 with a package of a module that does not say so',
    layers: [
      files({ id: 'almalinux', version: '8.9' }, [
        { ...node(), vendor: 'AlmaLinux' },
        openssl('1.el8', { vendor: 'CloudLinux' }),
      ]),
    ],
    advisories: [...modular('alma 8'), ['alma 8', 'openssl-libs', until('1:3.0.7-9')]],
  },
  {
    name: 'Oracle Linux 9 with packages of each flavor',
    layers: [
      files({ id: 'ol', version: '9.3', release: ['etc/oracle-release', 'Oracle Linux Server release 9.3'] }, [
        openssl('1.el9', { vendor: 'Oracle America' }),
        { name: 'glibc', version: '2.34', release: '60.0.3.ksplice1.el9', epoch: 2, vendor: 'Oracle America' },
        { name: 'gnutls', version: '3.7.6', release: '23.el9_fips', epoch: 10, vendor: 'Oracle America' },
        { name: 'containerd.io', version: '1.7.0', release: '3.1', vendor: 'Docker' },
      ]),
    ],
    advisories: [
      ['Oracle Linux 9', 'openssl-libs', perArchitecture('1:3.0.7-9.el9')],
      ['Oracle Linux 9', 'glibc', perArchitecture('2:2.34-83.0.1.ksplice1.el9')],
      ['Oracle Linux 9', 'glibc', perArchitecture('2.34-99.el9')],
      ['Oracle Linux 9', 'gnutls', perArchitecture('10:3.7.6-24.el9_fips')],
      ['Oracle Linux 9', 'gnutls', perArchitecture('3.8-1.el9')],
      ['Oracle Linux 9', 'containerd.io', perArchitecture('9-1')],
    ],
  },
  {
    ...rpmImage(
      'Oracle Linux 7, after its end of life',
      { id: 'ol', version: '7.9', vendor: 'Oracle America', release: redHatRelease('Oracle Linux Server release 7.9') },
      'Oracle Linux 7',
      { release: '1.el7' },
    ),
    advisories: [['Oracle Linux 7', 'openssl-libs', perArchitecture('1:3.0.7-9.el7')]],
  },
  ...(
    [
      ['2023', '2023', 'amzn2023', ['usr/lib/system-release', 'Amazon Linux release 2023.6.20241010 (Amazon Linux)']],
      ['2, after its end of life', '2', 'amzn2', ['etc/system-release', 'Amazon Linux release 2 (Karoo)']],
      ['1, after its end of life', '1', '60.amzn1', ['etc/system-release', 'Amazon Linux AMI release 2018.03']],
    ] as const
  ).map(
    ([name, version, release, system]): CorpusImage => ({
      name: `Amazon Linux ${name}`,
      layers: [
        files({ id: 'amzn', version, release: system }, [
          openssl(`1.${release}`),
          { name: 'zlib', version: '1.2', release: `1.${release}`, vendor: 'Amazon Linux' },
          { name: 'containerd.io', version: '1.7.0', release: '3.1' },
        ]),
      ],
      advisories: [
        [`amazon linux ${version}`, 'openssl-libs', until('1:3.0.7-9')],
        [`amazon linux ${version}`, 'zlib', until('1.3-1')],
        [`amazon linux ${version}`, 'containerd.io', until('9-1')],
      ],
    }),
  ),
  rpmImage(
    'SUSE Linux Enterprise 15.7',
    {
      id: 'sles',
      version: '15.7',
      vendor: 'SUSE LLC <https://www.suse.com/>',
      database: 'usr/lib/sysimage/rpm/rpmdb.sqlite',
    },
    'SUSE Linux Enterprise 15.7',
  ),
  rpmImage(
    'SUSE Linux Enterprise 12.5, after its end of life',
    { id: 'sles', version: '12.5', vendor: 'SUSE LLC' },
    'SUSE Linux Enterprise 12.5',
  ),
  rpmImage(
    'SUSE Linux Enterprise Micro 5.5',
    { id: 'sle-micro', version: '5.5', vendor: 'SUSE LLC' },
    'SUSE Linux Enterprise Micro 5.5',
  ),
  rpmImage(
    'SUSE Linux Micro 6.2',
    { id: 'sl-micro', version: '6.2', vendor: 'SUSE LLC' },
    'SUSE Linux Enterprise Micro 6.2',
  ),
  rpmImage(
    'openSUSE Leap 15.6, after its end of life',
    { id: 'opensuse-leap', version: '15.6', vendor: 'openSUSE' },
    'openSUSE Leap 15.6',
  ),
  rpmImage(
    'openSUSE Leap 42.3, after its end of life',
    { id: 'opensuse', version: '42.3', vendor: 'openSUSE' },
    'openSUSE Leap 42.3',
  ),
  rpmImage(
    'openSUSE Tumbleweed',
    { id: 'opensuse-tumbleweed', version: '20261001', vendor: 'openSUSE' },
    'openSUSE Tumbleweed',
  ),
  rpmImage('Photon OS 5', { id: 'photon', version: '5.0', vendor: 'VMware, Inc.' }, 'Photon OS 5.0', {
    key: 'openssl',
  }),
  rpmImage(
    'Photon OS 4, after its end of life',
    { id: 'photon', version: '4.0', vendor: 'VMware, Inc.' },
    'Photon OS 4.0',
    { key: 'openssl' },
  ),
  rpmImage(
    'CBL-Mariner 2',
    { id: 'mariner', version: '2.0.20240101', vendor: 'Microsoft Corporation' },
    'CBL-Mariner 2.0',
    { key: 'openssl' },
  ),
  rpmImage(
    'Azure Linux 3',
    { id: 'azurelinux', version: '3.0.20260101', vendor: 'Microsoft Corporation' },
    'Azure Linux 3.0',
    { key: 'openssl' },
  ),
  {
    name: 'Azure Linux 3 without the package manager',
    layers: [{ ...osRelease('azurelinux', '3.0'), ...rpmManifest(azurePackages) }],
    advisories: [
      ['Azure Linux 3.0', 'openssl', until('0:3.3.2-1.azl3')],
      ['Azure Linux 3.0', 'openssl-libs', until('9-1')],
      ['Azure Linux 3.0', 'zlib', {}],
    ],
  },
  {
    name: 'CoreOS, which Trivy knows and matches with nothing',
    layers: [
      {
        ...files({ id: 'coreos', version: '41.20260101', database: 'usr/share/rpm/rpmdb.sqlite' }, [
          openssl('1.fc41', { vendor: 'Fedora Project' }),
        ]),
        ...npmPackage('app', 'lodash', '4.17.20'),
      },
    ],
    advisories: [...everyProduct, [ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    name: 'Red Hat CoreOS',
    layers: [
      {
        ...files({ ...rhel9, database: 'usr/share/rpm/rpmdb.sqlite' }, [openssl('1.el9', { vendor })]),
        ...contentSets('usr/share/buildinfo/rhcos.json', 'rhocp-4.17-for-rhel-9-x86_64-rpms'),
      },
    ],
    advisories: everyProduct,
  },
  {
    name: 'Bottlerocket',
    layers: [
      {
        [`${bottlerocket}/lib/os-release`]: 'ID=bottlerocket\nVERSION_ID=1.50.0\n',
        [`${bottlerocket}/share/bottlerocket/application-inventory.json`]: JSON.stringify({
          Content: [
            {
              Name: 'kernel-6.1',
              Publisher: 'Bottlerocket',
              Version: '6.1.100',
              Release: '1.br1',
              Architecture: 'x86_64',
            },
            {
              Name: 'runc',
              Publisher: 'Bottlerocket',
              Version: '1.1.12',
              Release: '1.br1',
              Epoch: '1',
              Architecture: 'x86_64',
            },
          ],
        }),
      },
    ],
    advisories: [
      ['bottlerocket', 'kernel-6.1', until('0:6.1.120')],
      ['bottlerocket', 'runc', until('1:1.1.13')],
      ['bottlerocket', 'runc', until('0:1.1.14')],
    ],
  },
];

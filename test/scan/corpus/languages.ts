import { zipSync } from 'fflate';
import type { Files } from '../../../hack/images/layer.ts';
import { alpine } from '../../../hack/images/packages/apk.ts';
import { debian } from '../../../hack/images/packages/dpkg.ts';
import { goBinary } from '../../../hack/images/packages/go-binary.ts';
import { jar } from '../../../hack/images/packages/jar.ts';
import { npmPackage } from '../../../hack/images/packages/npm.ts';
import { osRelease } from '../../../hack/images/packages/os-release.ts';
import { rustBinary } from '../../../hack/images/packages/rust-binary.ts';
import { below, type CorpusImage, ghsa, until } from './corpus-image.ts';
import { distInfo, eggInfo, eggInfoFile } from './python-files.ts';
import { cycloneDx, spdx } from './sbom-files.ts';

const site = 'usr/lib/python3.12/site-packages';

const zip = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, data]) => [name, typeof data === 'string' ? Buffer.from(data) : data]),
    ),
    { mtime: new Date(2026, 0, 1) },
  );

const gemspec = (name: string, version: string): string =>
  `Gem::Specification.new do |s|\n  s.name = "${name}".freeze\n  s.version = "${version}"\n  s.licenses = ["MIT".freeze]\nend\n`;

const gem = (root: string, name: string, version: string): Files => ({
  [`${root}/specifications/${name}-${version}.gemspec`]: gemspec(name, version),
});

const log4j = { groupId: 'org.apache.logging.log4j', artifactId: 'log4j-core', version: '2.14.1' };
const spring = { groupId: 'org.springframework', artifactId: 'spring-beans', version: '5.3.17' };
const jackson = { groupId: 'com.fasterxml.jackson.core', artifactId: 'jackson-databind', version: '2.9.10.1' };
const log4jRow = [ghsa.maven, 'org.apache.logging.log4j:log4j-core', below('2.15.0')] as const;
const springRow = [ghsa.maven, 'org.springframework:spring-beans', below('5.3.18')] as const;

const springJar = zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\nImplementation-Title: spring-beans\n' });
const manifestJar = zip({
  'META-INF/MANIFEST.MF':
    'Manifest-Version: 1.0\nImplementation-Vendor-Id: com.fasterxml.jackson.core\nImplementation-Title: jackson-databind\nImplementation-Version: 2.9.10.1\nBundle-SymbolicName: com.fasterxml.jackson.core.jackson-databind\nBundle-Name: jackson-databind\nBundle-Version: 2.9.10.1\n',
});
const log4jJar = jar('x', log4j).x as Uint8Array;

const goProgram = (path: string, dependencies: readonly { path: string; version: string }[], goVersion = 'go1.22.1') =>
  goBinary(path, { goVersion, module: 'example.com/program', dependencies });

const depsJson = (libraries: Readonly<Record<string, string>>): string => {
  const target = '.NETCoreApp,Version=v8.0';
  return JSON.stringify({
    runtimeTarget: { name: target },
    targets: {
      [target]: Object.fromEntries(
        Object.entries(libraries).map(([name, type]) => [
          name,
          type === 'build' ? {} : { runtime: { 'lib/x.dll': {} } },
        ]),
      ),
    },
    libraries: Object.fromEntries(
      Object.entries(libraries).map(([name, type]) => [
        name,
        { type: type === 'build' ? 'package' : type, serviceable: true },
      ]),
    ),
  });
};

const composerPackage = { name: 'symfony/http-foundation', version: 'v6.3.0', type: 'library', license: ['MIT'] };

const manifestToml = `julia_version = "1.9.0"
manifest_format = "2.0"

[[deps.HTTP]]
deps = []
git-tree-sha1 = "0f4b5d62a88d8f59003e43c25a8a90de9eb76317"
uuid = "cd3eb016-35fb-5094-929b-558a96fad6f3"
version = "1.9.0"
`;

export const languageImages: readonly CorpusImage[] = [
  {
    name: 'Node.js without a distribution',
    layers: [
      {
        ...npmPackage('app', 'lodash', '4.17.20'),
        ...npmPackage('app', '@scope/parser', '1.0.0-beta.2'),
        ...npmPackage('app/node_modules/lodash', 'minimist', '1.2.0'),
        ...npmPackage('opt', 'minimist', '1.2.0'),
        ...npmPackage('app', 'JSONStream', '1.3.4'),
        'app/node_modules/odd/package.json': JSON.stringify({ name: 'odd', version: 'v1.x' }),
        'app/node_modules/rxjs/ajax/package.json': JSON.stringify({ name: 'rxjs/ajax' }),
        'app/package.json': JSON.stringify({ name: 'application', version: '1.0.0' }),
      },
    ],
    advisories: [
      [ghsa.npm, 'lodash', { vulnerable: ['>=4.0.0 <4.17.21'], patched: ['4.17.21'] }],
      [ghsa.npm, '@scope/parser', below('1.0.0')],
      [ghsa.npm, 'minimist', { vulnerable: ['<0.2.4', '>=1.0.0, <1.2.6'], patched: ['0.2.4', '1.2.6'] }],
      [ghsa.npm, 'JSONStream', below('1.3.5')],
      [ghsa.npm, 'jsonstream', below('9')],
      [ghsa.npm, 'odd', below('9')],
      [ghsa.npm, 'application', below('2.0.0')],
    ],
  },
  {
    name: 'lock files, which Trivy ignores in images',
    layers: [
      {
        'app/package-lock.json': JSON.stringify({
          lockfileVersion: 3,
          packages: { 'node_modules/lodash': { version: '4.17.20' } },
        }),
        'app/yarn.lock': 'lodash@^4.17.20:\n  version "4.17.20"\n',
        'app/Gemfile.lock': 'GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (2.2.2)\n',
        'app/requirements.txt': 'django==3.2.1\n',
        'app/composer.lock': JSON.stringify({ packages: [composerPackage] }),
        'app/go.mod': 'module example.com/x\n\nrequire golang.org/x/text v0.3.7\n',
        'app/pom.xml': '<project><dependencies/></project>',
      },
    ],
    advisories: [
      [ghsa.npm, 'lodash', below('4.17.21')],
      [ghsa.rubygems, 'rack', below('2.2.3')],
      [ghsa.pip, 'django', below('3.2.5')],
      [ghsa.go, 'golang.org/x/text', below('0.3.8')],
    ],
    nothing: 'lock files say what was asked for, not what is installed',
  },
  {
    name: 'lock files that Trivy reads in images',
    layers: [
      {
        'app/Cargo.lock':
          'version = 3\n\n[[package]]\nname = "time"\nversion = "0.1.43"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n',
        'app/packages.lock.json': JSON.stringify({
          version: 1,
          dependencies: {
            'net8.0': { 'Newtonsoft.Json': { type: 'Direct', requested: '[12.0.3, )', resolved: '12.0.3' } },
          },
        }),
        'app/Directory.Packages.props':
          '<Project><ItemGroup><PackageVersion Include="System.Text.Json" Version="8.0.3" /></ItemGroup></Project>',
        'app/Manifest.toml': manifestToml,
        'app/Project.toml': '[deps]\nHTTP = "cd3eb016-35fb-5094-929b-558a96fad6f3"\n',
      },
    ],
    advisories: [
      [ghsa.cargo, 'time', below('0.2.23')],
      [ghsa.nuget, 'newtonsoft.json', below('13.0.1')],
      [ghsa.nuget, 'system.text.json', below('8.0.4')],
      [ghsa.julia, 'HTTP', below('1.10.17')],
    ],
  },
  {
    name: 'Python',
    layers: [
      {
        ...debian('12.11', []),
        ...distInfo(site, 'Django', '3.2.1'),
        ...distInfo(site, 'ruamel.yaml', '0.16.0'),
        ...distInfo(site, 'zope_interface', '5.0.0rc1'),
        ...eggInfo(site, 'PyYAML', '5.1'),
        ...eggInfoFile(site, 'requests', '2.19.0.post1'),
        [`${site}/jinja2-2.10.egg`]: zip({
          'EGG-INFO/PKG-INFO': 'Metadata-Version: 1.0\nName: Jinja2\nVersion: 2.10\n',
        }),
        ...distInfo('opt/venv/lib/python3.11/site-packages', 'Django', '3.2.1'),
        ...distInfo(site, 'odd', '1!2.0+local.1'),
      },
    ],
    advisories: [
      [ghsa.pip, 'django', { vulnerable: ['>=3.2, <3.2.5'], patched: ['3.2.5'] }],
      [ghsa.pip, 'ruamel-yaml', below('0.17.0')],
      [ghsa.pip, 'zope-interface', below('5.0.0')],
      [ghsa.pip, 'pyyaml', below('5.4')],
      [ghsa.pip, 'requests', below('2.20.0')],
      [ghsa.pip, 'jinja2', below('2.10.1')],
      [ghsa.pip, 'odd', below('1!2.1')],
      [ghsa.pip, 'odd', below('2.1')],
    ],
  },
  {
    name: 'Ruby',
    layers: [
      {
        ...alpine('3.22.1', []),
        ...gem('usr/lib/ruby/gems/3.3.0', 'activestorage', '7.2.2'),
        ...gem('usr/lib/ruby/gems/3.3.0', 'rack', '2.2.2'),
        ...gem('usr/lib/ruby/gems/3.3.0', 'nokogiri', '1.16.0-x86_64-linux'),
        ...gem('usr/local/bundle', 'rails', '7.0.0.rc1'),
      },
    ],
    advisories: [
      [
        ghsa.rubygems,
        'activestorage',
        { vulnerable: ['>= 7.2.0, < 7.2.2.1', '>= 7.2.3, < 7.2.3.2'], patched: ['~> 7.2.2.1', '>= 7.2.3.2'] },
      ],
      [ghsa.rubygems, 'rack', { patched: ['>= 2.2.3', '~> 2.1.4'] }],
      [ghsa.rubygems, 'nokogiri', below('1.16.2')],
      [ghsa.rubygems, 'rails', below('7.0.0')],
    ],
  },
  {
    name: 'Java with coordinates in its archives',
    layers: [
      {
        ...jar('app/log4j-core-2.14.1.jar', log4j),
        ...jar('app/renamed.jar', jackson),
        'app/app.war': zip({
          'WEB-INF/lib/log4j-core-2.14.1.jar': log4jJar,
          'META-INF/maven/com.example/app/pom.properties': 'groupId=com.example\nartifactId=app\nversion=1.0\n',
        }),
        'app/shaded-1.0.jar': zip({
          'META-INF/maven/a/one/pom.properties': 'groupId=a\nartifactId=one\nversion=1.0-SNAPSHOT\n',
          'META-INF/maven/a/two/pom.properties': 'groupId=a\nartifactId=two\nversion=2.0.Final\n',
        }),
      },
    ],
    advisories: [
      log4jRow,
      [
        ghsa.maven,
        'com.fasterxml.jackson.core:jackson-databind',
        { vulnerable: ['>=2.9.0, <2.9.10.4'], patched: ['2.9.10.4'] },
      ],
      [ghsa.maven, 'com.example:app', below('2.0')],
      [ghsa.maven, 'a:one', below('1.0')],
      [ghsa.maven, 'a:two', below('2.0.1.Final')],
    ],
  },
  {
    name: 'Java known by checksums and manifests',
    layers: [
      {
        ...debian('12.11', []),
        'app/lib/spring-beans-5.3.17.jar': springJar,
        'app/lib/anything.jar': manifestJar,
        'app/lib/unknown-1.0.jar': zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n', 'a.class': 'x' }),
        'app/boot.jar': zip({
          'BOOT-INF/lib/spring-beans-5.3.17.jar': springJar,
          'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n',
        }),
      },
    ],
    jars: { 'app/lib/spring-beans-5.3.17.jar': spring, 'app/lib/anything.jar': jackson },
    advisories: [springRow, [ghsa.maven, 'com.fasterxml.jackson.core:jackson-databind', below('2.9.10.4')]],
  },
  {
    name: 'Go programs without a distribution',
    layers: [
      {
        ...goProgram('usr/bin/one', [
          { path: 'golang.org/x/text', version: 'v0.3.7' },
          { path: 'github.com/Masterminds/goutils', version: 'v1.1.0' },
          { path: 'github.com/docker/docker', version: 'v20.10.0+incompatible' },
          { path: 'github.com/gogo/protobuf', version: 'v0.0.0-20200101000000-abcdefabcdef' },
        ]),
        ...goProgram('two', [{ path: 'golang.org/x/text', version: 'v0.3.7' }], 'go1.26.1'),
      },
    ],
    advisories: [
      [ghsa.go, 'golang.org/x/text', below('0.3.8')],
      [ghsa.go, 'github.com/Masterminds/goutils', below('1.1.1')],
      [ghsa.go, 'github.com/docker/docker', below('20.10.9')],
      [ghsa.go, 'github.com/gogo/protobuf', below('1.3.2')],
      [ghsa.stdlib, 'stdlib', { vulnerable: ['<1.21.9', '>=1.22.0-0, <1.22.2'], patched: ['1.21.9', '1.22.2'] }],
    ],
  },
  {
    name: 'a Rust program with its list of crates',
    layers: [
      {
        ...alpine('3.22.1', []),
        ...rustBinary('usr/bin/app', [
          { name: 'app', version: '0.1.0', root: true },
          { name: 'time', version: '0.1.43' },
          { name: 'cc', version: '1.0.0', kind: 'build' },
        ]),
      },
    ],
    advisories: [
      [ghsa.cargo, 'time', below('0.2.23')],
      [ghsa.cargo, 'cc', below('2.0.0')],
    ],
  },
  {
    name: '.NET',
    layers: [
      {
        ...debian('12.11', []),
        'app/app.deps.json': depsJson({
          'app/1.0.0': 'project',
          'Newtonsoft.Json/12.0.3': 'package',
          'Build.Tool/1.0.0': 'build',
          'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.0': 'runtimepack',
        }),
      },
    ],
    advisories: [
      [ghsa.nuget, 'newtonsoft.json', below('13.0.1')],
      [ghsa.nuget, 'build.tool', below('2.0.0')],
      [ghsa.nuget, 'microsoft.netcore.app.runtime.linux-x64', below('8.0.1')],
    ],
  },
  {
    name: 'PHP',
    layers: [
      {
        ...alpine('3.22.1', []),
        'app/vendor/composer/installed.json': JSON.stringify({ packages: [composerPackage], dev: false }),
        'old/vendor/composer/installed.json': JSON.stringify({ packages: [{ ...composerPackage, version: '5.4.0' }] }),
      },
    ],
    advisories: [
      [
        ghsa.composer,
        'symfony/http-foundation',
        { vulnerable: ['>=5.0.0, <5.4.46', '>=6.0.0, <6.4.14'], patched: ['5.4.46', '6.4.14'] },
      ],
    ],
  },
  {
    name: 'Conda, which Trivy matches with nothing, beside Python',
    layers: [
      {
        ...debian('12.11', []),
        'opt/conda/envs/base/conda-meta/openssl-1.1.1q-h7f8727e_0.json': JSON.stringify({
          name: 'openssl',
          version: '1.1.1q',
          license: 'OpenSSL',
        }),
        ...distInfo('opt/conda/envs/base/lib/python3.12/site-packages', 'Django', '3.2.1'),
      },
    ],
    advisories: [
      ['debian 12', 'openssl', until('9')],
      [ghsa.pip, 'django', below('3.2.5')],
    ],
  },
  {
    name: 'Bitnami',
    layers: [
      {
        ...debian('12.11', [{ name: 'libssl3', source: 'openssl', version: '3.0.15-1' }]),
        ...spdx('opt/bitnami/postgresql/.spdx-postgresql.spdx', 'pkg:bitnami/postgresql@15.3.0-2'),
      },
    ],
    advisories: [
      [ghsa.bitnami, 'postgresql', { vulnerable: ['>=15.0.0, <15.4.0'], patched: ['15.4.0'] }],
      ['debian 12', 'openssl', until('3.0.17-1')],
    ],
  },
  {
    name: 'SBOMs of other tools in the image',
    layers: [
      {
        ...debian('12.11', [{ name: 'libssl3', source: 'openssl', version: '3.0.15-1' }]),
        ...cycloneDx('usr/share/sbom/app.cdx.json', 'pkg:npm/lodash@4.17.20'),
        ...spdx('usr/share/sbom/lib.spdx.json', 'pkg:pypi/django@3.2.1'),
        ...cycloneDx('usr/share/sbom/os.cdx', 'pkg:deb/debian/zlib1g@1.2.13-1?arch=amd64&distro=debian-12'),
      },
    ],
    advisories: [
      [ghsa.npm, 'lodash', below('4.17.21')],
      [ghsa.pip, 'django', below('3.2.5')],
      ['debian 12', 'openssl', until('3.0.17-1')],
      ['debian 12', 'zlib1g', until('9')],
    ],
  },
  {
    name: 'every language at once, beside a distribution',
    layers: [
      {
        ...debian('12.11', [
          { name: 'libssl3', source: 'openssl', version: '3.0.15-1' },
          { name: 'nginx', version: '1.29.1-1', maintainer: 'nginx-packaging@f5.com' },
        ]),
        ...npmPackage('app', 'lodash', '4.17.20'),
        ...distInfo(site, 'Django', '3.2.1'),
        ...gem('usr/local/bundle', 'rack', '2.2.2'),
        ...jar('app/log4j-core-2.14.1.jar', log4j),
        ...goProgram('usr/bin/app', [{ path: 'golang.org/x/text', version: 'v0.3.7' }]),
        ...rustBinary('usr/bin/rusty', [{ name: 'time', version: '0.1.43' }]),
        'app/vendor/composer/installed.json': JSON.stringify({ packages: [composerPackage] }),
        'app/app.deps.json': depsJson({ 'Newtonsoft.Json/12.0.3': 'package' }),
      },
    ],
    advisories: [
      ['debian 12', 'openssl', until('3.0.17-1')],
      ['debian 12', 'nginx', until('9')],
      [ghsa.npm, 'lodash', below('4.17.21')],
      [ghsa.pip, 'django', below('3.2.5')],
      [ghsa.rubygems, 'rack', below('2.2.3')],
      log4jRow,
      [ghsa.go, 'golang.org/x/text', below('0.3.8')],
      [ghsa.cargo, 'time', below('0.2.23')],
      [ghsa.composer, 'symfony/http-foundation', below('6.4.14')],
      [ghsa.nuget, 'newtonsoft.json', below('13.0.1')],
    ],
  },
  {
    name: 'Arch Linux, which Trivy does not know, with a program',
    layers: [
      {
        ...osRelease('arch', '20260101'),
        'var/lib/pacman/local/openssl-3.3.1-1/desc': '%NAME%\nopenssl\n\n%VERSION%\n3.3.1-1\n',
        ...goProgram('usr/bin/app', [{ path: 'golang.org/x/text', version: 'v0.3.7' }]),
      },
    ],
    advisories: [[ghsa.go, 'golang.org/x/text', below('0.3.8')]],
  },
  {
    name: 'files that Trivy cannot read, beside one that it can',
    layers: [
      {
        ...npmPackage('app', 'lodash', '4.17.20'),
        'app/node_modules/broken/package.json': '{"name": "broken", "version":',
        'app/node_modules/nameless/package.json': '{"version": "1.0.0"}',
        'app/broken.jar': 'no archive',
        'app/broken.deps.json': '{"libraries": ',
        'usr/share/broken.spdx.json': '{',
        'usr/local/bundle/specifications/broken-1.gemspec': 'Gem::Specification.new do |s|\nend\n',
        [`${site}/broken-1.0.dist-info/METADATA`]: 'no fields',
        'usr/bin/broken': { data: '\x7fELF', mode: 0o755 },
      },
    ],
    advisories: [[ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    name: 'paths of every kind',
    layers: [
      {
        ...npmPackage('app mit Leerzeichen', 'lodash', '4.17.20'),
        ...npmPackage('größe/日本', 'lodash', '4.17.20'),
        ...npmPackage('a%2Fb?c=d#e', 'lodash', '4.17.20'),
        ...npmPackage('$(id)/"quoted"', 'lodash', '4.17.20'),
      },
    ],
    advisories: [[ghsa.npm, 'lodash', below('4.17.21')]],
  },
  {
    name: 'an image with nothing in it',
    layers: [{}],
    advisories: [],
    nothing: 'it has no file',
  },
  {
    name: 'an image with files of nobody',
    layers: [
      {
        'app/data.txt': 'x',
        'usr/bin/tool': { data: '#!/bin/sh\n', mode: 0o755 },
        'etc/passwd': 'root:x:0:0::/:/bin/sh\n',
      },
    ],
    advisories: [],
    nothing: 'nothing says which packages are in it',
  },
];

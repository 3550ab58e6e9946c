import type { Files } from '../layer.ts';
import { osRelease } from './os-release.ts';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Default: the name. Advisories refer to it. */
  readonly source?: string;
  readonly sourceVersion?: string;
  /** Default amd64. */
  readonly architecture?: string;
  /** Scanners tell other vendors' packages by it. */
  readonly maintainer?: string;
}

/** The status file of dpkg. @param version such as 12.11; Ubuntu's has both numbers in its os-release */
export function debian(version: string, packages: readonly DebianPackage[]): Files {
  return { ...osRelease('debian', version.split('.')[0] ?? version), ...dpkg(version, packages) };
}

export function ubuntu(version: string, packages: readonly DebianPackage[]): Files {
  // Distinguishes Ubuntu from Debian.
  const release = { 'etc/lsb-release': `DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=${version}\n` };
  return { ...osRelease('ubuntu', version), ...release, ...dpkg('trixie/sid', packages) };
}

function dpkg(debianVersion: string, packages: readonly DebianPackage[]): Files {
  return {
    'etc/debian_version': `${debianVersion}\n`,
    'var/lib/dpkg/status': packages.map(stanza).join('\n'),
  };
}

/** A paragraph of the status file. */
export function stanza(one: DebianPackage): string {
  const { name, version, source, sourceVersion, architecture = 'amd64' } = one;
  const { maintainer = 'Example <example@example.com>' } = one;
  const fields = [
    ['Package', name],
    ['Status', 'install ok installed'],
    ['Priority', 'optional'],
    ['Section', 'libs'],
    ['Installed-Size', '1'],
    ['Maintainer', maintainer],
    ['Architecture', architecture],
    ...(source === undefined
      ? []
      : [['Source', sourceVersion === undefined ? source : `${source} (${sourceVersion})`]]),
    ['Version', version],
    ['Description', 'example'],
  ];
  return fields.map(([field, value]) => `${field}: ${value}\n`).join('');
}

/** As OCI writes it; the variant is of the processor, as in arm/v7. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

const ARCHITECTURES: Readonly<Record<string, { architecture: string; variant?: string }>> = {
  i386: { architecture: '386' },
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  aarch64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

/** The variant of a platform that has none written. */
const DEFAULT_VARIANT: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8', arm: 'v7' };

const OLDEST_ARM = 5;

const own = <Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

interface Normal {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** One spelling for each platform (containerd/platforms, `Normalize`), with its variant written out. */
const normalize = (platform: Platform): Normal => {
  const os = platform.os.toLowerCase();
  const written = platform.architecture.toLowerCase();
  const alias = own(ARCHITECTURES, written);
  const architecture = alias?.architecture ?? written;
  const variant = alias?.variant ?? platform.variant?.toLowerCase() ?? '';
  const withLetter = /^\d+$/.test(variant) ? `v${variant}` : variant;
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture,
    variant: withLetter || (own(DEFAULT_VARIANT, architecture) ?? ''),
  };
};

const same = (a: Normal, b: Normal): boolean =>
  a.os === b.os && a.architecture === b.architecture && a.variant === b.variant;

const older = (platform: Normal, oldest: number): Normal[] => {
  const version = Number(platform.variant.match(/^v(\d{1,3})$/)?.[1] ?? 0);
  const versions = Array.from({ length: Math.max(0, version - oldest) }, (_, i) => version - 1 - i);
  return versions.map((v) => ({ ...platform, variant: `v${v}` }));
};

/** The platforms that a node runs, best first (containerd/platforms, `platformVector`). */
const runnable = (platform: Platform): Normal[] => {
  const first = normalize(platform);
  switch (first.architecture) {
    case 'amd64':
      return [first, ...older(first, 1), { ...first, architecture: '386', variant: '' }];
    case 'arm64':
      return [first, ...older(first, 8), ...runnable({ ...first, architecture: 'arm', variant: 'v8' })];
    case 'arm':
      return [first, ...older(first, OLDEST_ARM)];
  }
  return [first];
};

/** @param text os/architecture[/variant], as in linux/arm/v7 @throws Error */
export const parsePlatform = (text: string): Platform => {
  const [os, architecture, variant, ...rest] = text.split('/');
  if (!os || !architecture || variant === '' || rest.length > 0) {
    throw new Error(`${JSON.stringify(text)} is not a platform: write os/architecture or os/architecture/variant`);
  }
  return { os, architecture, ...(variant !== undefined && { variant }) };
};

export const platformText = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter(Boolean).join('/');

/** How well a node of platform `wanted` runs an image of platform `offered`: 0 is best, undefined not at all. */
export const platformRank = (wanted: Platform, offered: Platform): number | undefined => {
  const rank = runnable(wanted).findIndex((platform) => same(platform, normalize(offered)));
  return rank === -1 ? undefined : rank;
};

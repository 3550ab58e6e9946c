/** Of most nodes. */
export const DEFAULT_PLATFORM = 'linux/amd64';

/** As OCI writes it; the variant is of the processor, as in arm/v7. */
export interface Platform {
  /** Empty in an index that does not say it. */
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  /** `os.features`, which the node must have. */
  readonly osFeatures?: readonly string[];
  /** `os.version`: on Windows the build, as in 10.0.20348.2700. */
  readonly osVersion?: string;
}

/** A version of github.com/containerd/platforms. */
export interface MatchRules {
  /** An image that needs features of the operating system runs on no node: nodes report none. */
  readonly osFeatures: boolean;
  /** v8.0 and v9 of arm64 are known. */
  readonly arm64Versions: boolean;
}

/** containerd 2.1 and later. */
export const PLATFORMS_1: MatchRules = { osFeatures: true, arm64Versions: true };
/** containerd up to 2.0. */
export const PLATFORMS_0: MatchRules = { osFeatures: false, arm64Versions: false };

interface Normal {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** As strings.ToLower of Go. */
const lower = (text: string): string => text.replaceAll('\u0130', 'i').toLowerCase();

const arm64Variant = (variant: string, { arm64Versions }: MatchRules): string => {
  if (['8', 'v8'].includes(variant) || (arm64Versions && variant === 'v8.0')) return '';
  return arm64Versions && ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant;
};

const armVariant = (variant: string): string => {
  if (variant === '') return 'v7';
  return ['5', '6', '7', '8'].includes(variant) ? `v${variant}` : variant;
};

const normalArchitecture = (
  written: string,
  variant: string,
  rules: MatchRules,
): Pick<Normal, 'architecture' | 'variant'> => {
  switch (written) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      return { architecture: 'arm64', variant: arm64Variant(variant, rules) };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      return { architecture: 'arm', variant: armVariant(variant) };
  }
  return { architecture: written, variant };
};

/** One spelling for each platform (`Normalize`). @param nodeOs of an image that names no operating system */
const normalize = ({ os, architecture, variant }: Platform, nodeOs: string, rules: MatchRules): Normal => {
  const written = lower(os);
  return {
    os: written === 'macos' ? 'darwin' : written || nodeOs,
    ...normalArchitecture(lower(architecture), lower(variant ?? ''), rules),
  };
};

/** v3, v2, v1 of v3. */
const downTo = (oldest: number, platform: Normal): Normal[] => {
  const newest = Number(platform.variant.match(/^v?(\d{1,3})$/)?.[1] ?? 0);
  const versions = Array.from({ length: Math.max(0, newest - oldest) }, (_, i) => newest - 1 - i);
  return [platform, ...versions.map((version) => ({ ...platform, variant: `v${version}` }))];
};

/** v9.2 runs v9.2 to v9, and v8.7 to v8. */
const arm64Versions = (platform: Normal): Normal[] => {
  const [, major, minor = '0'] = platform.variant.match(/^v([89])(?:\.(\d))?$/) ?? [];
  const ranges = major === '9' ? [[9, Number(minor)] as const, [8, Math.min(9, Number(minor) + 5)] as const] : [];
  if (major === '8') ranges.push([8, Number(minor)]);
  return ranges.flatMap(([of, newest]) =>
    Array.from({ length: newest + 1 }, (_, i) => newest - i).map((version) => ({
      ...platform,
      variant: version === 0 ? `v${of}` : `v${of}.${version}`,
    })),
  );
};

const runnableOnArm64 = (platform: Normal, rules: MatchRules): Normal[] => {
  const variant = platform.variant || 'v8';
  const own = rules.arm64Versions ? arm64Versions({ ...platform, variant }) : [platform];
  const in32Bits = rules.arm64Versions && /^v[89]/.test(variant) ? 'v8' : variant;
  return [...own, ...downTo(5, { ...platform, architecture: 'arm', variant: in32Bits })];
};

/** The platforms that a node runs, best first (`platformVector`). */
const runnable = (platform: Platform, rules: MatchRules): Normal[] => {
  const first = normalize(platform, 'linux', rules);
  switch (first.architecture) {
    case 'amd64':
      return [...downTo(1, first), { ...first, architecture: '386', variant: '' }];
    case 'arm64':
      return runnableOnArm64(first, rules);
    case 'arm':
      return downTo(5, first);
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
export const platformRank = (wanted: Platform, offered: Platform, rules = PLATFORMS_1): number | undefined => {
  if (rules.osFeatures && (offered.osFeatures ?? []).length > 0) return undefined;
  const image = normalize(offered, wanted.os, rules);
  const rank = runnable(wanted, rules).findIndex((platform) => {
    const { os, architecture, variant } = normalize(platform, wanted.os, rules);
    return os === image.os && architecture === image.architecture && variant === image.variant;
  });
  return rank === -1 ? undefined : rank;
};

/** Named as Go and the release servers do. */
export interface Platform {
  os: string;
  arch: string;
}

export function thisPlatform(): Platform {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return { os: process.platform, arch };
}

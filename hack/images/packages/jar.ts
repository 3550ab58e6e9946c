import { zipSync } from 'fflate';
import type { Files } from '../layer.ts';

export interface MavenArtifact {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
}

/** A jar with its own coordinates, as Maven makes it, so that its checksum need not be known. */
export function jar(path: string, { groupId, artifactId, version }: MavenArtifact): Files {
  const properties = `groupId=${groupId}\nartifactId=${artifactId}\nversion=${version}\n`;
  return { [path]: zip({ [`META-INF/maven/${groupId}/${artifactId}/pom.properties`]: properties }) };
}

/** A jar without coordinates. */
export function namelessJar(path: string): Files {
  return { [path]: zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n' }) };
}

function zip(files: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)] as const);
  // Archives hold local time, so the same in every time zone is a local time.
  return zipSync(Object.fromEntries(entries), { mtime: new Date(2026, 0, 1) });
}

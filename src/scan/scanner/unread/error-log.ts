import { printable } from '../../../text/printable.ts';
import type { Unread } from '../../findings/coverage/analysis.ts';
import { QUOTED, unquote } from './quoted.ts';

/** Trivy continues after an error of one of its analyzers, and says so in its log alone: pkg/fanal/analyzer/analyzer.go. */
const ANALYSIS = new RegExp(String.raw`\tDEBUG\t\[analyzer\] Analysis error\terr=${QUOTED}$`);
/** The same of analyzers that read several files: pkg/parallel/walk.go. */
const WALK = new RegExp(String.raw`\tDEBUG\tWalk error\tfile_path=${QUOTED} `);
const PATH = /(?:^|: )failed to parse ([^:]+): /;
const MOST_EXAMPLES = 10;
const MOST_COUNTED = 10_000;
const MOST_PATH = 256;

/** Node.js cannot read it either; packages have malformed ones for their tests. */
const NO_PACKAGE = /(?:^|\/)package\.json$/;
/** JarLog has them. */
const JAR = /\.[jwep]ar$/i;
/** The error does not name its file. */
const RPM_DATABASE = 'rpmdb';
/** Files with the name of an SBOM that are none. */
const NO_SBOM = 'SBOM decode error: unknown scanning is not yet supported';

const fileOf = (line: string): string | undefined => {
  const path = WALK.exec(line)?.[1];
  if (path !== undefined) return unquote(path);
  const error = ANALYSIS.exec(line)?.[1];
  if (error === undefined) return undefined;
  const text = unquote(error);
  return text === NO_SBOM ? undefined : (PATH.exec(text)?.[1] ?? text);
};

/**
 * The files of an image that list packages and that Trivy could not read, by its log (--debug). One that a later layer
 * removes counts too, since the log does not name layers.
 */
export class ErrorLog {
  readonly #files = new Set<string>();

  readonly add = (line: string): void => {
    const file = fileOf(line);
    if (file === undefined || NO_PACKAGE.test(file) || JAR.test(file) || this.#files.size === MOST_COUNTED) return;
    this.#files.add(printable(file, MOST_PATH));
  };

  /** @param databases that are known to be unread */
  unread(databases: Unread['databases'] = []): Pick<Unread, 'files'> {
    const isKnown = databases.some(({ manager }) => manager === 'rpm');
    const files = [...this.#files].filter((file) => !(isKnown && file === RPM_DATABASE)).sort();
    return files.length === 0 ? {} : { files: { count: files.length, examples: files.slice(0, MOST_EXAMPLES) } };
  }
}

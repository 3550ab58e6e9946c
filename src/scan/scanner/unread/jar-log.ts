import type { AnalyzedLayer, Unread } from '../../findings/coverage/analysis.ts';
import { QUOTED, unquote } from './quoted.ts';

/** Trivy logs each archive that it opens, also one inside another: pkg/dependency/parser/java/jar/parse.go. */
const PARSED = new RegExp(String.raw`\tDEBUG\t\[jar\] Parsing Java artifacts\.\.\.\tfile_path=${QUOTED}$`);
/** An image with more is not listed further: all of those are counted. */
const MOST_PATHS = 100_000;
const MOST_EXAMPLES = 10;

/** In how many layers Trivy has listed packages of each jar. */
export const jarsIn = (layers: readonly AnalyzedLayer[]): Map<string, number> => {
  const jars = new Map<string, number>();
  for (const { Applications } of layers) {
    const paths = new Set(
      (Applications ?? []).flatMap(({ Type, Packages }) =>
        Type === 'jar' ? (Packages ?? []).map(({ FilePath = '' }) => FilePath) : [],
      ),
    );
    for (const path of paths) jars.set(path, (jars.get(path) ?? 0) + 1);
  }
  return jars;
};

/**
 * The jars of an image that Trivy has opened, by its log (--debug): it does not tell otherwise of those that it cannot
 * identify. One that a later layer removes counts too, since the log does not name layers.
 */
export class JarLog {
  /** How often each path was opened: layers may have the same one. */
  readonly #opened = new Map<string, number>();
  #further = 0;

  readonly add = (line: string): void => {
    const path = PARSED.exec(line)?.[1];
    if (path === undefined) return;
    const name = unquote(path);
    if (this.#opened.has(name) || this.#opened.size < MOST_PATHS) {
      this.#opened.set(name, (this.#opened.get(name) ?? 0) + 1);
    } else this.#further += 1;
  };

  /** @param identified as jarsIn gives it @returns those of which Trivy has listed no package */
  unidentified(identified: ReadonlyMap<string, number>): NonNullable<Unread['jars']> {
    const rest = [...this.#opened].filter(([path, times]) => times > (identified.get(path) ?? 0)).map(([path]) => path);
    return { count: rest.length + this.#further, examples: rest.sort().slice(0, MOST_EXAMPLES) };
  }
}

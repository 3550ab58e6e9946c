import { setTimeout } from 'node:timers/promises';
import { fromJsonReport } from '../../scan/report/format/from-json.ts';
import { InputError } from '../errors.ts';
import type { ScanKey } from './scan-key.ts';
import type { ReportSource } from './source.ts';

/** Kinds of documents, with their names in messages. */
export const DOCUMENTS = { report: 'report', sbom: 'SBOM' } as const;
export type DocumentKind = keyof typeof DOCUMENTS;

export type Query = Readonly<Record<string, string>>;

/** The report endpoint of a running operator. */
export interface ReportEndpoint {
  /** @returns a document about an ImageScan @throws NoReport, InputError */
  get(scan: ScanKey, kind: DocumentKind, query: Query): Promise<string>;
}

export const MOST_BYTES = 256 * 2 ** 20;
/** The operator limits how often it checks rights. */
export const TOO_MANY_REQUESTS = 429;

export const pathOf = ({ namespace, name }: ScanKey, kind: DocumentKind): string =>
  `/namespaces/${namespace}/imagescans/${name}/${kind}`;

const MOST_TRIES = 30;
/** A longer wait is for the user to decide. */
export const LONGEST_WAIT_SECONDS = 10;

/** Asks again when an answer says when to. @param waitOf seconds; undefined: the answer is the last one */
export const askUntilAnswered = async <T>(
  ask: () => Promise<T>,
  waitOf: (answer: T) => number | undefined,
): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    const seconds = tries < MOST_TRIES ? waitOf(answer) : undefined;
    if (seconds === undefined) return answer;
    await setTimeout(seconds * 1000);
  }
};

/** The reports of a running operator. @param list the ImageScans of the cluster */
export const reportsOf = (endpoint: ReportEndpoint, list: ReportSource['list']): ReportSource => ({
  list,
  read: async (scan) => {
    const text = await endpoint.get(scan, 'report', { format: 'json' });
    try {
      return fromJsonReport(text);
    } catch (error) {
      throw new InputError([
        `the answer about ImageScan ${scan.namespace}/${scan.name} is not a report (${(error as Error).message}): use the palisade command of the operator's release, and check that an operator serves reports at this address`,
      ]);
    }
  },
});

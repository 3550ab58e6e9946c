import { gunzipSync } from 'node:zlib';
import { earlierOf } from '../engine/predecessors.ts';
import type { AnalyzedLayer } from '../findings/coverage/analysis.ts';
import { type Enrichment, type ReadEnrichment, readEnrichment } from '../findings/enrichment.ts';
import { type ImageId, imageKey } from '../image.ts';
import { countDistinct } from '../imagescan/evaluation/distinct.ts';
import { evaluate, type Judgment } from '../imagescan/evaluation/evaluate.ts';
import type { Evaluation } from '../imagescan/evaluation/evaluation.ts';
import { toSbomDocument } from '../report/sbom-document.ts';
import { ScanError } from '../scan-error.ts';
import { type Analysis, type AnalysisParts, readAnalysis, writeAnalysis } from '../scanner/analysis/analysis.ts';
import { readFramed } from '../scanner/analysis/job/framed-result.ts';
import { type ServerProbe, serverProbe } from '../scanner/analysis/server-probe.ts';
import { type ServerRecords, serverRecords } from '../scanner/analysis/server-records.ts';
import type { MatchOutput } from '../scanner/scanner.ts';
import { readMatch } from '../scanner/trivy/parse.ts';
import { jarsIn } from '../scanner/unread/jar-log.ts';
import { mergeReport } from '../store/merge.ts';
import type { ImageReport } from '../store/report.ts';
import { asBuffer } from './bytes.ts';
import { openReportTask, renderReportTask } from './report-tasks.ts';
import { type ThreadError, toThread } from './thread-error.ts';

interface EvaluateInput {
  /** The report as the report store has it. */
  readonly content: Uint8Array;
  readonly reference: string;
  readonly spec: Judgment;
  readonly now: number;
  readonly enrichment?: Enrichment | undefined;
}

/** The public files, which may be compressed by gzip. */
interface EnrichmentInput {
  readonly key: string;
  readonly epss?: Uint8Array;
  readonly kev?: Uint8Array;
}

const MOST_UNPACKED_BYTES = 128 * 2 ** 20;

const unpack = (file: Uint8Array): string => {
  const data = asBuffer(file);
  const isPacked = data[0] === 0x1f && data[1] === 0x8b;
  return (isPacked ? gunzipSync(data, { maxOutputLength: MOST_UNPACKED_BYTES }) : data).toString();
};

/** Reports are those of mergeReport, as the report store has them. */
interface MergeInput {
  readonly match: Omit<MatchOutput, 'output' | 'analysis'> & Record<'output' | 'analysis', Uint8Array>;
  readonly image: ImageId;
  readonly scannedAt: string;
  readonly before?: Uint8Array;
  readonly predecessor?: Uint8Array;
}

interface AnalysisInput {
  readonly analysis: Uint8Array;
  readonly mostBytes: number;
}

interface AnalysisPartsInput {
  readonly parts: AnalysisParts;
  readonly mostBytes: number;
}

interface FramedInput {
  readonly log: string;
  readonly mostBytes: number;
}

type Framed = { readonly content: Uint8Array } | { readonly failure: ThreadError };

const readReport = (content: Uint8Array): ImageReport => JSON.parse(asBuffer(content).toString());
const toBytes = (report: ImageReport): Uint8Array => Buffer.from(JSON.stringify(report));

/** Work that would block the event loop, by name. Input and output can be sent between threads. */
export const TASKS = {
  evaluate: ({ content, reference, spec, now, enrichment }: EvaluateInput): Evaluation =>
    evaluate(readReport(content), reference, spec, now, enrichment),

  readEnrichment: ({ key, epss, kev }: EnrichmentInput): ReadEnrichment =>
    readEnrichment(key, { ...(epss && { epss: () => unpack(epss) }), ...(kev && { kev: () => unpack(kev) }) }),

  countDistinct: (lists: readonly Float64Array[]): number => countDistinct(lists),

  merge: ({ match: { output, analysis, ...about }, image, scannedAt, before, predecessor }: MergeInput): Uint8Array => {
    const match = readMatch({ ...about, output: asBuffer(output), analysis: asBuffer(analysis) });
    const [last, earlier] = [before && readReport(before), predecessor && readReport(predecessor)];
    return toBytes(mergeReport(last, match, image, scannedAt, earlier));
  },

  earlierOf: ({ known, content }: { readonly known?: Uint8Array; readonly content: Uint8Array }): Uint8Array =>
    toBytes(earlierOf(known && readReport(known), readReport(content))),

  /** @param records of Trivy's scan cache */
  readPackages: (records: readonly Uint8Array[]): { jars: ReadonlyMap<string, number>; isOfDistribution: boolean } => {
    const layers = records.map((record): AnalyzedLayer => JSON.parse(asBuffer(record).toString()));
    return {
      jars: jarsIn(layers),
      isOfDistribution: layers.some(({ PackageInfos }) => (PackageInfos ?? []).length > 0),
    };
  },

  writeAnalysis: ({ parts, mostBytes }: AnalysisPartsInput): Uint8Array => writeAnalysis(parts, mostBytes),

  readAnalysis: ({ analysis, mostBytes }: AnalysisInput): Analysis | undefined =>
    readAnalysis(asBuffer(analysis), mostBytes),

  serverProbe: (analysis: Analysis): ServerProbe | undefined => serverProbe(analysis),

  serverRecords: (analysis: Analysis): ServerRecords => serverRecords(analysis),

  isAnalysisOf: ({ analysis, image, mostBytes }: AnalysisInput & { readonly image: ImageId }): boolean => {
    const read = readAnalysis(asBuffer(analysis), mostBytes);
    return read !== undefined && imageKey(read.image) === imageKey(image);
  },

  sbomDocument: toSbomDocument,

  renderReport: renderReportTask,
  openReport: openReportTask,

  readFramed: ({ log, mostBytes }: FramedInput): Framed | undefined => {
    const result = readFramed(log, mostBytes);
    return result instanceof ScanError ? { failure: toThread(result) } : result && { content: result };
  },
} as const;

export type Tasks = typeof TASKS;
export type TaskName = keyof Tasks;

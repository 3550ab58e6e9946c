import { parseReference } from '../../api/image-reference.ts';
import { repositoryOf } from '../../api/repository-pattern.ts';
import { imageKey } from '../image.ts';
import { ScanError } from '../scan-error.ts';
import { OutdatedAnalysis } from '../scanner/analysis/outdated-analysis.ts';
import type { Scanner } from '../scanner/scanner.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { RecordedImage, ScanRecord } from '../store/scan-record.ts';
import { asBuffer } from '../threads/bytes.ts';
import type { Compute } from '../threads/compute.ts';
import type { Refusal, WantedSbom } from './endpoint/request.ts';
import { trivyFormat } from './sbom-document.ts';

interface SbomMakerOptions {
  readonly store: Pick<ReportStore, 'readScan' | 'readAnalysis'>;
  readonly scanner: Pick<Scanner, 'sbomOf'>;
  readonly compute: Compute;
}

const LONGEST_MS = 110_000;
const MOST_LISTED = 10;

const nameOf = (reference: string): string => {
  const parsed = parseReference(reference);
  return parsed === undefined ? reference : `${repositoryOf(parsed)}:${parsed.tag}@${parsed.digest}`;
};

/** Whether a text names an image: its reference in any spelling, its digest, or its reference with that digest. */
const isNamed = (reference: string, digest: string | undefined, text: string): boolean =>
  [reference, digest, `${reference}@${digest}`].includes(text) || nameOf(reference) === nameOf(text);

const listed = (images: readonly RecordedImage[]): string =>
  images
    .slice(0, MOST_LISTED)
    .map(({ reference, id }) => `${reference} (${id.digest}, ${id.platform})`)
    .join(', ');

/** The first of each image. */
const distinct = (images: readonly RecordedImage[]): RecordedImage[] =>
  [...Map.groupBy(images, ({ id }) => imageKey(id)).values()].map(([first]) => first!);

/** Makes SBOMs of the images of an ImageScan out of their stored analyses; no image is pulled. */
export class SbomMaker {
  readonly #options: SbomMakerOptions;

  constructor(options: SbomMakerOptions) {
    this.#options = options;
  }

  /** @returns the SBOM, or why there is none @throws StoreError */
  async make(wanted: WantedSbom, uid: string): Promise<Buffer | Refusal> {
    const record = await this.#options.store.readScan(wanted.namespace, wanted.name);
    const image = choose(record?.uid === uid ? record : { images: [] }, wanted);
    return 'status' in image ? image : await this.#sbomOf(image, wanted);
  }

  async #sbomOf(image: RecordedImage, { format }: WantedSbom): Promise<Buffer | Refusal> {
    const { id, reference } = image;
    const { store, scanner, compute } = this.#options;
    const analysis = await store.readAnalysis(id);
    if (analysis === undefined) return unscanned(image);
    const parsed = parseReference(reference);
    const options = { format: trivyFormat(format), ...(parsed && { repository: repositoryOf(parsed) }) };
    try {
      const sbom = await scanner.sbomOf(analysis, options, AbortSignal.timeout(LONGEST_MS));
      return asBuffer(await compute('sbomDocument', { sbom, format, image: id, reference }));
    } catch (error) {
      if (error instanceof OutdatedAnalysis) return unscanned(image);
      if (error instanceof ScanError) return { status: 503, message: `no SBOM of ${reference}: ${error.message}` };
      throw error;
    }
  }
}

/** The one image that is wanted, or why there is none. */
const choose = (
  { images, others = [] }: Pick<ScanRecord, 'images' | 'others'>,
  { namespace, name, image: text, platform }: WantedSbom,
): RecordedImage | Refusal => {
  const fits = (one: string): boolean => platform === undefined || one === platform;
  const found = distinct(
    images.filter(({ reference, id }) => isNamed(reference, id.digest, text) && fits(id.platform)),
  );
  const [image] = found;
  if (image === undefined) {
    const unresolved = others.find((one) => isNamed(one.reference, undefined, text) && fits(one.platform));
    if (unresolved !== undefined) return unscanned(unresolved);
    const message = `ImageScan ${namespace}/${name} has no such image: name it as in the report (palisade report ${namespace}/${name}), or by its digest`;
    return { status: 404, message };
  }
  if (found.length === 1) return image;
  const message = `several images have this name: name one by its digest, or pass --platform: ${listed(found)}`;
  return { status: 409, message };
};

const unscanned = ({ reference, failure }: Pick<RecordedImage, 'reference' | 'failure'>): Refusal => ({
  status: 404,
  message:
    failure === undefined
      ? `${reference} has not been scanned yet: the operator scans it by itself; kubectl get imagescans shows its progress`
      : `${reference} has no SBOM, because it could not be scanned: ${failure.reason}: ${failure.message}`,
});

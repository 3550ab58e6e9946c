import { parseReference } from '../../api/image-reference.ts';
import { repositoryOf } from '../../api/repository-pattern.ts';
import { acrossImages, type KnownFinding } from '../findings/finding.ts';
import { type ImageId, imageKey, type Repository } from '../image.ts';
import type { ImageReport } from '../store/report.ts';
import type { ReportStore } from '../store/report-store.ts';
import type { RecordedImage } from '../store/scan-record.ts';
import type { Compute } from '../threads/compute.ts';

/** The report of a newer image has the times of older ones: these need not be read again. */
const MOST = 8;

/** The images that were scanned last in each repository: a new digest there is the successor of one of them. */
export class Predecessors {
  /** By repository and platform, then by imageKey, the oldest first. */
  readonly #images = new Map<string, Map<string, ImageId>>();

  /** Adds images of an ImageScan that an earlier run of the operator scanned. */
  seed(images: readonly Pick<RecordedImage, 'reference' | 'id'>[]): void {
    for (const { reference, id } of images) {
      const repository = parseReference(reference);
      const known = repository && this.#in(repository, id);
      if (known !== undefined && known.size < MOST && !known.has(imageKey(id))) known.set(imageKey(id), id);
    }
  }

  scanned(id: ImageId, repositories: readonly Repository[]): void {
    for (const repository of repositories) {
      const known = this.#in(repository, id);
      known.delete(imageKey(id));
      known.set(imageKey(id), id);
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    }
  }

  /** @returns each once, without the image itself */
  of(id: ImageId, repositories: readonly Repository[]): ImageId[] {
    const known = new Map(repositories.flatMap((repository) => [...this.#in(repository, id)]));
    known.delete(imageKey(id));
    return [...known.values()];
  }

  /** The reports of these images, as one, in JSON; read one by one, since a report may be large. */
  async report(
    store: Pick<ReportStore, 'readReportContent'>,
    compute: Compute,
    id: ImageId,
    repositories: readonly Repository[],
  ): Promise<Uint8Array | undefined> {
    let known: Uint8Array | undefined;
    for (const before of this.of(id, repositories)) {
      const content = await store.readReportContent(before);
      if (content !== undefined) known = await compute('earlierOf', { ...(known && { known }), content });
    }
    return known;
  }

  #in(repository: Repository, { platform }: ImageId): Map<string, ImageId> {
    const key = `${repositoryOf(repository)} ${platform}`;
    const known = this.#images.get(key) ?? new Map<string, ImageId>();
    this.#images.set(key, known);
    return known;
  }
}

const earliest = (times: readonly (string | undefined)[]): string | undefined =>
  times.filter((time) => time !== undefined).sort()[0];

const joined = (a: KnownFinding, b: KnownFinding): KnownFinding => {
  const fixableSince = earliest([a.fixableSince, b.fixableSince]);
  const firstSeenAt = a.firstSeenAt < b.firstSeenAt ? a.firstSeenAt : b.firstSeenAt;
  return { ...a, firstSeenAt, ...(fixableSince !== undefined && { fixableSince }) };
};

/** The findings of two predecessors together: each once, with the earlier of its times. */
export const earlierOf = (known: ImageReport | undefined, report: ImageReport): ImageReport => {
  const findings = new Map<string, KnownFinding>();
  for (const finding of [...(known?.findings ?? []), ...report.findings]) {
    const other = findings.get(acrossImages(finding));
    findings.set(acrossImages(finding), other === undefined ? finding : joined(other, finding));
  }
  return { ...report, findings: [...findings.values()] };
};

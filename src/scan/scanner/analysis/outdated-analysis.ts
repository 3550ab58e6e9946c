/** An analysis that another version of Palisade or Trivy made, or one without the index of jars: the image must be analyzed again. */
export class OutdatedAnalysis extends Error {
  override readonly name = 'OutdatedAnalysis';
  /** It can be matched all the same. */
  readonly isUsable: boolean;

  constructor(message: string, { isUsable = false }: { readonly isUsable?: boolean } = {}) {
    super(message);
    this.isUsable = isUsable;
  }
}

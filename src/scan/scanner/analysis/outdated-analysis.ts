/** An analysis of another version of Palisade or Trivy, which cannot be matched: the image must be analyzed again. */
export class OutdatedAnalysis extends Error {
  override readonly name = 'OutdatedAnalysis';
}

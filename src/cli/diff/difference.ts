/** The parts of a comparison, in their order, with their titles. */
export const AREAS = {
  objects: 'Objects',
  generated: 'Generated objects',
  connections: 'Connections',
  rights: 'Rights that policies grant',
  podSecurity: 'Pod Security',
  images: 'Images',
  findings: 'Findings',
} as const;

export type Area = keyof typeof AREAS;

/** One difference, as a sentence. */
export interface Difference {
  readonly area: Area;
  /** Unknown: something changes, and it is not known what that means. */
  readonly change: 'Added' | 'Removed' | 'Changed' | 'Unknown';
  readonly message: string;
}

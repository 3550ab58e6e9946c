import { plural } from '../../../text/plural.ts';
import type { ReportSource } from '../model.ts';

/** `2 pods`, or where the image is named if none runs it; `-` before anything is deployed. */
export const describeSource = ({ pods, source }: Pick<ReportSource, 'pods' | 'source'>): string =>
  source ?? (pods > 0 ? plural(pods, 'pod') : '-');

import type { SbomDocumentFormat } from '../../scan/report/sbom-document.ts';
import { LIMIT_SETTINGS } from '../images/limits.ts';
import type { EndpointFlags } from '../report/endpoint-of.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';

const { trivy, allowedRegistries } = OPERATOR_SETTINGS;

/** The operator's settings that `palisade sbom` has too, by the attribute that commander makes of their names. */
export const SBOM_SETTINGS = { trivy, allowedRegistries, ...LIMIT_SETTINGS } as const;

/** Of an image that is pulled. */
export interface PullFlags extends Partial<Record<keyof typeof SBOM_SETTINGS, string>> {
  /** Default: linux/amd64. */
  readonly platform?: string;
  readonly dockerConfig?: readonly string[];
  readonly output: SbomDocumentFormat | 'analysis';
}

export interface SbomFlags extends EndpointFlags, PullFlags {}

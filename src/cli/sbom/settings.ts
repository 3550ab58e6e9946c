import type { SbomDocumentFormat } from '../../scan/report/sbom-document.ts';
import { LIMIT_SETTINGS } from '../images/limits.ts';
import type { EndpointFlags } from '../report/endpoint-of.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';

const { trivy, trivyJavaDbRepository, allowedRegistries } = OPERATOR_SETTINGS;

/** The operator's settings that `palisade sbom` has too, by the attribute that commander makes of their names. */
export const SBOM_SETTINGS = {
  trivy,
  trivyJavaDbRepository: {
    ...trivyJavaDbRepository,
    default: 'off',
    description:
      'repository of the index of jars, which is downloaded if the image has jars without a pom.properties: more than 1 GB; off: such jars are missing',
  },
  allowedRegistries,
  ...LIMIT_SETTINGS,
} as const;

/** Of an image that is pulled. */
export interface PullFlags extends Partial<Record<keyof typeof SBOM_SETTINGS, string>> {
  /** Default: linux/amd64. */
  readonly platform?: string;
  readonly dockerConfig?: readonly string[];
  readonly output: SbomDocumentFormat | 'analysis';
}

export interface SbomFlags extends EndpointFlags, PullFlags {}

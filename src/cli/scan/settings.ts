import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ReportFormat } from '../../scan/report/format/formats.ts';
import { LIMIT_SETTINGS } from '../images/limits.ts';
import { OPERATOR_SETTINGS } from '../settings/operator-settings.ts';
import { anyText, ENRICHMENT_FILES } from '../settings/parsers.ts';
import type { Environment, Setting } from '../settings/setting.ts';
import type { CriteriaFlags } from './criteria.ts';

const { enrichment, kubeconfig, trivy, trivyJavaDbRepository, allowedRegistries } = OPERATOR_SETTINGS;
const { default: publicDatabase, ...database } = OPERATOR_SETTINGS.trivyDbRepository;

/** What `palisade scan` uses when neither a flag nor the cluster names a database. */
export const PUBLIC_DATABASE = publicDatabase ?? '';

const CACHE_HOME = '.cache';

/** By the XDG base directory specification. */
export const defaultCacheDirectory = ({ XDG_CACHE_HOME, HOME }: Environment): string =>
  join(XDG_CACHE_HOME || join(HOME || homedir(), CACHE_HOME), 'palisade');

const cacheDir: Setting<string> = {
  flag: 'cache-dir',
  variable: 'PALISADE_CACHE_DIR',
  placeholder: 'path',
  defaultInWords: `palisade in XDG_CACHE_HOME or ~/${CACHE_HOME}`,
  description:
    'directory that keeps the vulnerability database for the next run; several runs may use it at the same time',
  parse: anyText,
};

/** The settings of `palisade scan`, by the attribute that commander makes of their names. */
export const SCAN_SETTINGS = {
  kubeconfig,
  trivy,
  trivyDbRepository: { ...database, defaultInWords: `that of the cluster with --like, else ${PUBLIC_DATABASE}` },
  trivyJavaDbRepository,
  enrichment: { ...enrichment, description: ENRICHMENT_FILES },
  cacheDir,
  allowedRegistries,
  ...LIMIT_SETTINGS,
} as const;

export interface ScanFlags
  extends CriteriaFlags,
    Partial<Record<Exclude<keyof typeof SCAN_SETTINGS, 'kubeconfig'>, string>> {
  readonly platform?: readonly string[];
  readonly dockerConfig?: readonly string[];
  readonly output: ReportFormat;
}

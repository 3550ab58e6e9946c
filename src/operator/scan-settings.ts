import { fixedScanLimits } from '../scan/scanner/process/limits.ts';
import type { ScanSettings } from '../scan/settings.ts';
import { type OperatorSettings, ownNamespace, stateDirectory } from './settings.ts';

/** The part of the settings that is about scanning. */
export const scanSettings = (settings: OperatorSettings, environment: NodeJS.ProcessEnv): ScanSettings => {
  const { trivy, trivyServer, trivyDbRepository, trivyDbIntervalMs, reportDir, reportDirBytes } = settings;
  const { scanConcurrency, scanTimeoutMs, scanMemoryBytes, scanDiskBytes, scanImageBytes, allowedRegistries } =
    settings;
  const { enrichment, openReports, jobImage, jobNamespace } = settings;
  return {
    ...(trivy !== undefined && { trivy }),
    ...(trivyServer !== undefined && { server: trivyServer }),
    ...(jobImage !== undefined && { jobs: { image: jobImage, namespace: jobNamespace ?? ownNamespace() } }),
    ...(enrichment !== undefined && { enrichment }),
    databaseRepository: trivyDbRepository,
    jarIndexRepository: settings.trivyJavaDbRepository,
    databaseIntervalMs: trivyDbIntervalMs,
    directory: reportDir ?? stateDirectory(environment),
    storeBytes: reportDirBytes,
    concurrency: scanConcurrency,
    allowedRegistries,
    openReports,
    limits: {
      ...fixedScanLimits,
      timeMs: scanTimeoutMs,
      memoryBytes: scanMemoryBytes,
      diskBytes: scanDiskBytes,
      imageBytes: scanImageBytes,
    },
  };
};

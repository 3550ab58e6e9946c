import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { systemClock } from '../../../../src/kube/clock.ts';
import { RegistryClient } from '../../../../src/scan/registry/client.ts';
import { parseDatabaseRepository } from '../../../../src/scan/scanner/database/database-repository.ts';
import { LocalDatabase } from '../../../../src/scan/scanner/database/local-database.ts';
import { TempDirectories } from '../../../../src/scan/scanner/process/temp-directories.ts';
import { TrivyProcess } from '../../../../src/scan/scanner/trivy/trivy-process.ts';
import { defaultScanLimits } from '../../../harness/scan-limits.ts';

/** Looks once for a newer database, and stays: what a test kills. `halt`: it stands still before or after it renames. */
const { trivy: path, directory, repository: name, work, halt } = JSON.parse(process.argv[2]!);
setInterval(() => {}, 1_000);
if (halt !== undefined) {
  const { rename } = files;
  files.rename = async (from, to) => {
    if (halt === 'after') await rename(from, to);
    await new Promise(() => {});
  };
  syncBuiltinESMExports();
}
const repository = parseDatabaseRepository(name);
const client = new RegistryClient({ allowedRegistries: [repository.registry], clock: systemClock });
const tempDirectories = await TempDirectories.open(work);
const trivy = new TrivyProcess({ path, limits: defaultScanLimits });
const database = await LocalDatabase.open({ directory, repository, client, trivy, tempDirectories });
await database.refresh(new AbortController().signal);

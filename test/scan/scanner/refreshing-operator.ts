import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../src/kube/clock.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { parseDatabaseRepository } from '../../../src/scan/scanner/database-repository.ts';
import { defaultScanLimits } from '../../../src/scan/scanner/limits.ts';
import { LocalDatabase } from '../../../src/scan/scanner/local-database.ts';
import { ScratchDirectories } from '../../../src/scan/scanner/scratch.ts';
import { TrivyProcess } from '../../../src/scan/scanner/trivy-process.ts';

/** Downloads a database again and again until it is killed: what a test kills. */
const settings = JSON.parse(process.argv[2]!);
const repository = parseDatabaseRepository(settings.repository);
const client = new RegistryClient({ allowedRegistries: [repository.registry], clock: systemClock });
const scratch = await ScratchDirectories.open(settings.scratch);
const trivy = new TrivyProcess({ path: settings.trivy, limits: defaultScanLimits });
const options = { directory: join(settings.directory), repository, client, trivy, scratch };
for (;;) {
  const database = await LocalDatabase.open(options);
  await database.refresh(new AbortController().signal);
  await rm(settings.directory, { recursive: true, force: true });
}

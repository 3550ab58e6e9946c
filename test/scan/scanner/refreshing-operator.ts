import { systemClock } from '../../../src/kube/clock.ts';
import { RegistryClient } from '../../../src/scan/registry/client.ts';
import { parseDatabaseRepository } from '../../../src/scan/scanner/database-repository.ts';
import { defaultScanLimits } from '../../../src/scan/scanner/limits.ts';
import { LocalDatabase } from '../../../src/scan/scanner/local-database.ts';
import { ScratchDirectories } from '../../../src/scan/scanner/scratch.ts';
import { TrivyProcess } from '../../../src/scan/scanner/trivy-process.ts';

/** Looks once for a newer database, and stays: what a test kills. */
const { trivy: path, directory, repository: name, work } = JSON.parse(process.argv[2]!);
const repository = parseDatabaseRepository(name);
const client = new RegistryClient({ allowedRegistries: [repository.registry], clock: systemClock });
const scratch = await ScratchDirectories.open(work);
const trivy = new TrivyProcess({ path, limits: defaultScanLimits });
const database = await LocalDatabase.open({ directory, repository, client, trivy, scratch });
await database.refresh(new AbortController().signal);
setInterval(() => {}, 1_000);

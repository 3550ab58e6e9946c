/** `npm run --silent trivy`: prints the path of a Trivy that may be used, and gets one where there is none. */
import { say } from './controlplane/progress.ts';
import { findTrivy } from './trivy/find.ts';

try {
  process.stdout.write(`${await findTrivy()}\n`);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}

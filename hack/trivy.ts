/**
 * `npm run --silent trivy`: prints the path of a Trivy that may be used, and gets one where there is none.
 * With a file as argument, and perhaps a platform such as linux/arm64, it puts the pinned Trivy there: for the image.
 */
import { copyFile } from 'node:fs/promises';
import { say } from './controlplane/progress.ts';
import { findTrivy, pinnedTrivy } from './trivy/find.ts';

const [file, platform] = process.argv.slice(2);

try {
  if (file === undefined) process.stdout.write(`${await findTrivy()}\n`);
  else await copyFile(await pinnedTrivy(platform), file);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
}

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

const CURE =
  'name one with --trivy PATH; the image of the operator has one, and in a checkout npm run --silent trivy prints the path of one';

/**
 * @param given the value of --trivy
 * @param path PATH of the environment
 * @returns absolute path of an executable, expected to be Trivy
 * @throws Error with the cure
 */
export async function findTrivy(given: string | undefined, path: string): Promise<string> {
  if (given !== undefined) {
    if (await isExecutable(given)) return resolve(given);
    throw new Error(`--trivy ${given} is not an executable program: ${CURE}`);
  }
  for (const directory of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, 'trivy');
    if (await isExecutable(candidate)) return candidate;
  }
  throw new Error(`trivy is not on the PATH: ${CURE}`);
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

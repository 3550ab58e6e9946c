import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const root = join(import.meta.dirname, '../../..');
const ANSWER_MS = 15_000;
const FILE = 'samples/database.yaml';

const run = promisify(execFile);

export async function explained(_: Stage, screen: Screen): Promise<void> {
  screen.heading('A policy in words');
  const { stdout } = await run(process.execPath, ['src/main.ts', 'explain', '-f', FILE], {
    cwd: root,
    timeout: ANSWER_MS,
  });
  screen.prose(`npm run --silent palisade -- explain -f ${FILE}`, stdout);
  const names = ['postgres', 'orders', 'shop', '5432', 'baseline'];
  screen.check(
    'it names the pods, the allowed connections and the level',
    names.every((name) => stdout.includes(name)),
  );
}

import { join } from 'node:path';
import { outputOf } from '../command.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const root = join(import.meta.dirname, '../../..');
const FILE = 'samples/database.yaml';

export async function explained(_: Stage, screen: Screen): Promise<void> {
  screen.heading('A policy in plain English');
  const args = ['src/main.ts', 'explain', '-f', FILE];
  const text = await outputOf({ name: 'palisade explain', file: process.execPath, args, directory: root });
  screen.prose(`npm run --silent palisade -- explain -f ${FILE}`, text);
  const names = ['postgres', 'orders', 'shop', '5432', 'baseline'];
  screen.check(
    'it names the pods, the allowed connections and the level',
    names.every((name) => text.includes(name)),
  );
}

import { palisade } from '../palisade.ts';
import type { Screen } from '../screen.ts';
import type { Stage } from '../stage.ts';

const FILE = 'samples/database.yaml';

export async function explained(_: Stage, screen: Screen): Promise<void> {
  screen.heading('A policy in plain English');
  const { stdout: text } = await palisade(['explain', '-f', FILE]);
  screen.prose(`npm run --silent palisade -- explain -f ${FILE}`, text);
  const names = ['postgres', 'orders', 'shop', '5432', 'baseline'];
  screen.check(
    'it names the pods, the allowed connections and the level',
    names.every((name) => text.includes(name)),
  );
}

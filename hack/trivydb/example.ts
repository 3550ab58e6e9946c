import example from './example.json' with { type: 'json' };
import type { DatabaseFixture } from './fixture.ts';

/** Made-up vulnerabilities of real packages, a few for every ecosystem: what demo and tests scan with. */
export const exampleDatabase = example as DatabaseFixture;

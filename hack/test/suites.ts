import type { TestFile } from './files.ts';

/** `npm test`, `npm run test:tools` and `npm run test:faults`. */
export const suiteNames = ['all', 'tools', 'faults'] as const;
export type SuiteName = (typeof suiteNames)[number];

/** A set of tests that one command runs. */
export interface Suite {
  readonly command: string;
  /** Raised as tests are added: a runner that finds too few must not be green. */
  readonly minimumTests: number;
  /** How many times their bounds files may take. */
  readonly patience: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether generated files, style and types are checked before, and after that the operator used all of its rights. */
  readonly checks: boolean;
}

export const suites: Readonly<Record<SuiteName, Suite>> = {
  all: { command: 'npm test', minimumTests: 6900, patience: 1, environment: {}, checks: true },
  tools: { command: 'npm run test:tools', minimumTests: 690, patience: 1, environment: {}, checks: false },
  faults: {
    command: 'npm run test:faults',
    minimumTests: 130,
    patience: 5,
    environment: { PALISADE_FAULTS: 'long' },
    checks: false,
  },
};

/** A file says it in its header; else the tests of hack/ belong to the tools, and all others to `npm test`. */
export const isIn = (suite: SuiteName, { path, suites: said }: TestFile): boolean =>
  (said ?? [path.startsWith('test/hack/') ? 'tools' : 'all']).includes(suite);

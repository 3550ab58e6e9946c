/** A set of tests that is run by one command. */
export interface Suite {
  readonly command: string;
  /** Whether a test file is one of it. */
  has(path: string): boolean;
  /** Raised as tests are added: a runner that finds too few must not be green. */
  readonly minimumTests: number;
  /** How many times their bounds files may take. */
  readonly patience: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether generated files, style and types are checked before, and the operator's rights after. */
  readonly checks: boolean;
}

/** The files that know a longer size; see test/cluster/faults/size.ts. */
const LONG = ['faults/kill', 'faults/random-policies', 'faults/outage', 'faults/hot-loop', 'install/delete'].map(
  (name) => `test/cluster/${name}.test.ts`,
);
const isOfTools = (path: string): boolean => path.startsWith('test/hack/');

export const suites = {
  all: {
    command: 'npm test',
    has: (path) => !isOfTools(path),
    minimumTests: 4600,
    patience: 1,
    environment: {},
    checks: true,
  },
  tools: {
    command: 'npm run test:tools',
    has: isOfTools,
    minimumTests: 100,
    patience: 1,
    environment: {},
    checks: false,
  },
  faults: {
    command: 'npm run test:faults',
    has: (path) => LONG.includes(path),
    minimumTests: 20,
    patience: 15,
    environment: { PALISADE_FAULTS: 'long' },
    checks: false,
  },
} as const satisfies Record<string, Suite>;

export type SuiteName = keyof typeof suites;

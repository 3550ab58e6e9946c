import { analyzed, type Matched, type Modes, matched } from './modes.ts';
import type { MadeImage, Oracle } from './oracle.ts';
import { differences, type Outcome } from './outcome.ts';

export const modeNames = ['local', 'server', 'job'] as const;
export type ModeName = (typeof modeNames)[number];

export interface Comparison {
  readonly expected: Outcome | string;
  /** As the operator keeps it. */
  readonly analysis: Buffer;
  /** By mode: how it differs from `trivy image`; none if it is equal. */
  readonly differences: Readonly<Partial<Record<ModeName, readonly string[]>>>;
  /** What mode server says that it could not keep. */
  readonly notKept: readonly string[];
  /** As the operator has them. */
  readonly os?: Matched['os'];
  readonly findings: Matched['findings'];
}

/** Plain `trivy image`, and an analysis that is matched later, in these modes. */
export async function compare(
  oracle: Oracle,
  modes: Modes,
  image: MadeImage,
  names: readonly ModeName[] = modeNames,
): Promise<Comparison> {
  const expected = await oracle.scan(image);
  const analysis = await analyzed(modes, image);
  const inMode: Readonly<Record<ModeName, () => Promise<Matched>>> = {
    local: () => matched(modes.local, analysis),
    server: () => matched(modes.server, analysis),
    job: async () => matched(modes.local, await modes.inJob(image)),
  };
  const differences: Partial<Record<ModeName, readonly string[]>> = {};
  let notKept: readonly string[] = [];
  let os: Matched['os'];
  let findings: Matched['findings'] = [];
  for (const name of names) {
    const match = await inMode[name]();
    differences[name] = differencesOf(expected, match);
    if (name === 'server') notKept = match.notKept;
    else if (name === 'local') ({ os, findings } = match);
  }
  return { expected, analysis, differences, notKept, findings, ...(os && { os }) };
}

export function differencesOf(expected: Outcome | string, { outcome }: Matched): readonly string[] {
  if (typeof expected !== 'string' && typeof outcome !== 'string') return differences(expected, outcome);
  const text = (one: Outcome | string) => (typeof one === 'string' ? one : JSON.stringify(one));
  return text(expected) === text(outcome) ? [] : [`- ${text(expected)}`, `+ ${text(outcome)}`];
}

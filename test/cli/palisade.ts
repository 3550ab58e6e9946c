import { runProgram } from '../../src/cli/program.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command line, in this process. @param columns of a terminal; absent: stdout is none */
export const palisade = async (
  args: readonly string[],
  { env = {}, columns, stdin = '' }: { env?: Record<string, string>; columns?: number; stdin?: string } = {},
): Promise<Ran> => {
  let [stdout, stderr] = ['', ''];
  const terminal = {
    env,
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    stdout: {
      write: (text: string) => (stdout += text),
      ...(columns !== undefined && { isTTY: true, columns }),
    },
    stderr: { write: (text: string) => (stderr += text) },
  };
  return { status: await runProgram(args, terminal), stdout, stderr };
};

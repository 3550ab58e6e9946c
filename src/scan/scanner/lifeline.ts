import { type ChildProcess, spawn } from 'node:child_process';

// Each line is the whole list of process groups; end of input means that our process is gone, even by SIGKILL.
const SCRIPT = `
trap '' HUP INT TERM
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * A shell that kills process groups when this process is gone, however it went; there is one while there are groups.
 * An image without /bin/sh does without: there this process is the first of its container, and the kernel does it.
 */
export class Lifeline {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;

  add(group: number): void {
    this.#groups.add(group);
    this.#shell ??= startShell();
    this.#tell();
  }

  delete(group: number): void {
    this.#groups.delete(group);
    this.#tell();
    if (this.#groups.size > 0) return;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #tell(): void {
    this.#shell?.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }
}

function startShell(): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'palisade-lifeline'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  });
  shell.on('error', () => {});
  shell.stdin.on('error', () => {});
  shell.unref();
  return shell;
}

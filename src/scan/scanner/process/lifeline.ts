import { type ChildProcess, spawn } from 'node:child_process';

// Each line is the whole list of process groups; end of input means that the operator is gone, even by SIGKILL.
const SCRIPT = `
trap '' HUP INT TERM
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * A shell that kills process groups when this process is gone for any reason; it runs while there are groups. An image
 * without /bin/sh needs none: there this process is the first of its container, and the kernel kills the others.
 */
export class Lifeline {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;
  /** A process that exits by itself does not need the shell. */
  readonly #onExit = (): void => {
    for (const group of this.#groups) killGroup(group);
  };

  add(group: number): void {
    if (this.#groups.size === 0) process.on('exit', this.#onExit);
    this.#groups.add(group);
    this.#shell ??= this.#startShell();
    this.#tell();
  }

  delete(group: number): void {
    this.#groups.delete(group);
    this.#tell();
    if (this.#groups.size > 0) return;
    process.off('exit', this.#onExit);
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #startShell(): ChildProcess {
    const shell = startShell();
    shell.once('exit', (_, signal) => {
      if (shell !== this.#shell) return;
      this.#shell = undefined;
      // One that ends by itself would do so again.
      if (signal === null) return;
      this.#shell = this.#startShell();
      this.#tell();
    });
    return shell;
  }

  #tell(): void {
    this.#shell?.stdin?.write(`${[...this.#groups].join(' ')}\n`);
  }
}

/** Without a grace period: the directory of the processes is removed anyway. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Gone already.
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

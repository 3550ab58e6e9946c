import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Watchdog } from '../../../../src/scan/scanner/process/watchdog.ts';

for (const [what, program, because] of [
  ['throws', 'throw new Error("broken")', 'broken'],
  ['ends by itself', 'process.exit(3)', 'it ended with exit status 3'],
] as const) {
  test(`a process whose watching thread ${what} is killed`, async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const exit = once(child, 'exit');
    const watchdog = new Watchdog(() => new Worker(program, { eval: true }));
    const ended = watchdog.watch({
      pid: child.pid as number,
      directory: '/nowhere',
      memoryBytes: 2 ** 40,
      diskBytes: 2 ** 40,
      pollMs: 1000,
    });
    assert.equal(await exit, [null, 'SIGKILL']);
    const error = await ended().catch((thrown) => thrown);
    assert.instance(error, Error);
    assert.match(error.message, `the thread that measures it has failed: ${because}`);
  });
}

test.run();

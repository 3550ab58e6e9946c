import { readFileSync, writeFileSync } from 'node:fs';

// Loaded into each test process: at its end it writes the CPU milliseconds of itself and of the children it waited for.

/** Clock ticks per second in /proc: the same on every Linux. */
const TICKS = 100;
const file = process.env.PALISADE_TEST_CPU_FILE;

/** Only Linux has the time of children. */
function cpuMs(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // utime, stime, cutime and cstime; see proc_pid_stat(5).
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return (ticks * 1000) / TICKS;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

if (file !== undefined) {
  // Other programs that this one starts have another file, or none.
  delete process.env.PALISADE_TEST_CPU_FILE;
  process.on('exit', () => {
    try {
      writeFileSync(file, String(Math.round(cpuMs())));
    } catch {
      // Its weight stays as it was.
    }
  });
}

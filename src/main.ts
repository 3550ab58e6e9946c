#!/usr/bin/env node
import { runProgram } from './cli/program.ts';

// A reader such as head goes before everything is written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runProgram(process.argv.slice(2), process);

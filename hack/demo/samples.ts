import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { PolicySpec } from '../../src/api/policy.ts';

/** A policy of samples/, as a user would apply it. */
export interface Sample {
  /** Inside samples/. */
  readonly file: string;
  readonly text: string;
  readonly policy: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: PolicySpec;
  };
}

const directory = join(import.meta.dirname, '../../samples');

/** Every policy of samples/, by name. */
export async function readSamples(): Promise<Sample[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.yaml')).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(directory, file), 'utf8');
      return { file, text, policy: parse(text) };
    }),
  );
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const read = async (file: string) => JSON.parse(await readFile(join(import.meta.dirname, '../..', file), 'utf8'));
const manifest = await read('package.json');
const lock = await read('package-lock.json');
const copies = (name: string): string[] =>
  Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`));

test('every dependency is pinned to one exact version', () => {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  assert.ok(versions.length > 15);
  assert.equal(
    versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version))),
    [],
  );
});

test('the unmaintained library `request` is not a dependency of the operator class', () => {
  assert.equal(copies('request'), []);
});

for (const name of ['@kubernetes/client-node', 'undici']) {
  test(`there is one copy of ${name}: two copies would not recognize each other's objects`, () => {
    assert.equal(copies(name), [`node_modules/${name}`]);
  });
}

test.run();

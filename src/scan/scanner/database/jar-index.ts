import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// trivy-java-db, pkg/db/db.go; without these two tables Trivy refuses every image that holds a jar.
const SCHEMA = `
  CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
  CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT,
    FOREIGN KEY (artifact_id) REFERENCES artifacts(id));
`;

/**
 * Writes an empty index of jars, since Trivy requires one: jars are then identified by their pom.properties, and those
 * without are not found.
 * @param directory for --cache-dir
 */
export async function writeEmptyJarIndex(directory: string): Promise<void> {
  const folder = join(directory, 'java-db');
  // An earlier run may have been killed while it wrote.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, 'trivy-java.db'));
  database.exec(SCHEMA);
  database.close();
  const never = '2999-01-01T00:00:00Z';
  const metadata = { Version: 1, NextUpdate: never, UpdatedAt: never, DownloadedAt: never };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
}

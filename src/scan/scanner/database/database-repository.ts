import { parseReference } from '../../../api/image-reference.ts';
import type { Repository } from '../../image.ts';

/** The repository of an artifact that Trivy downloads. */
export interface DatabaseRepository extends Repository {
  /** Tag or digest. */
  readonly reference: string;
  /** The whole reference, for messages. */
  readonly name: string;
}

/** The first default of Trivy itself; pkg/db/db.go. The tag is the version of the database's schema. */
export const defaultDatabaseRepository = 'mirror.gcr.io/aquasec/trivy-db:2';

export const defaultJarIndexRepository = 'mirror.gcr.io/aquasec/trivy-java-db:1';
const SCHEMA_TAG = '2';
const SCHEMA_TAG_OF_JARS = '1';

const AUTO = 'auto';
const OFF = 'off';

/** @param text the setting --trivy-db-repository @throws naming what would be right */
export const parseDatabaseRepository = (text: string): DatabaseRepository =>
  parse(
    text,
    SCHEMA_TAG,
    `--trivy-db-repository ${text} is not a repository: write one as in ${defaultDatabaseRepository}`,
  );

/**
 * @param text the setting --trivy-java-db-repository: auto is trivy-java-db beside the vulnerability database, where mirrors
 * have both
 * @returns undefined: off
 * @throws naming what would be right
 */
export const parseJarIndexRepository = (text: string, database: DatabaseRepository): DatabaseRepository | undefined => {
  if (text === OFF) return undefined;
  const wrong = `--trivy-java-db-repository ${text} is not a repository: write auto, off, or one as in ${defaultJarIndexRepository}`;
  if (text !== AUTO) return parse(text, SCHEMA_TAG_OF_JARS, wrong);
  const folder = database.repository.split('/').slice(0, -1);
  return parse(`${database.registry}/${[...folder, 'trivy-java-db'].join('/')}`, SCHEMA_TAG_OF_JARS, wrong);
};

/**
 * The same for a process that has the index for one image alone, and would not download it unless a mirror is named.
 * @param text the setting --trivy-java-db-repository
 */
export const parseNamedJarIndexRepository = (text: string): DatabaseRepository | undefined =>
  text === AUTO ? undefined : parseJarIndexRepository(text, parseDatabaseRepository(defaultDatabaseRepository));

function parse(text: string, schemaTag: string, wrong: string): DatabaseRepository {
  const parsed = parseReference(text);
  if (parsed === undefined) throw new Error(wrong);
  const { registry, repository, digest } = parsed;
  const tag = parsed.tag === 'latest' && !text.endsWith(':latest') ? schemaTag : parsed.tag;
  const reference = digest ?? tag ?? schemaTag;
  const name = `${registry}/${repository}${digest === undefined ? ':' : '@'}${reference}`;
  return { registry, repository, reference, name };
}

import { parseReference } from '../../../api/image-reference.ts';
import type { Repository } from '../../image.ts';

/** The repository of vulnerability databases. */
export interface DatabaseRepository extends Repository {
  /** Tag or digest. */
  readonly reference: string;
  /** The whole reference, for messages. */
  readonly name: string;
}

/** The first default of Trivy itself; pkg/db/db.go. The tag is the version of the database's schema. */
export const defaultDatabaseRepository = 'mirror.gcr.io/aquasec/trivy-db:2';

const SCHEMA_TAG = '2';

/** @param text the setting --trivy-db-repository @throws naming what would be right */
export function parseDatabaseRepository(text: string): DatabaseRepository {
  const parsed = parseReference(text);
  if (parsed === undefined) {
    throw new Error(`--trivy-db-repository ${text} is not a repository: write one as in ${defaultDatabaseRepository}`);
  }
  const { registry, repository, digest } = parsed;
  const tag = parsed.tag === 'latest' && !text.endsWith(':latest') ? SCHEMA_TAG : parsed.tag;
  const reference = digest ?? tag ?? SCHEMA_TAG;
  const name = `${registry}/${repository}${digest === undefined ? ':' : '@'}${reference}`;
  return { registry, repository, reference, name };
}

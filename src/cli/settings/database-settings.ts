import { defaultDatabaseRepository } from '../../scan/scanner/database/database-repository.ts';
import { durationBetween } from './described-parsers.ts';
import { databaseRepository, jarIndexRepository } from './parsers.ts';

/** Flags of what the operator downloads for Trivy. */
export const DATABASE_SETTINGS = {
  trivyDbRepository: {
    flag: 'trivy-db-repository',
    variable: 'PALISADE_TRIVY_DB_REPOSITORY',
    placeholder: 'repository',
    default: defaultDatabaseRepository,
    description: 'OCI repository of the vulnerability database',
    parse: databaseRepository,
  },
  trivyJavaDbRepository: {
    ...{ flag: 'trivy-java-db-repository', variable: 'PALISADE_TRIVY_JAVA_DB_REPOSITORY', placeholder: 'repository' },
    ...{ default: 'auto', parse: jarIndexRepository },
    description:
      'OCI repository of the index of jars; auto is trivy-java-db beside the vulnerability database, off none',
  },
  trivyDbIntervalMs: {
    flag: 'trivy-db-interval',
    variable: 'PALISADE_TRIVY_DB_INTERVAL',
    placeholder: 'duration',
    default: '1h',
    ...durationBetween('time between checks for a newer vulnerability database', '1s', '24h'),
  },
} as const;

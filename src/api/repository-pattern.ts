import type { Reference } from './image-reference.ts';

/** `registry/repository`, against which patterns are matched. */
export const repositoryOf = ({ registry, repository }: Pick<Reference, 'registry' | 'repository'>): string =>
  `${registry}/${repository}`;

/** `/*` at the end of a pattern stands for every repository below; anything else is one repository. */
export const matchesRepository = (repository: string, pattern: string): boolean =>
  pattern.endsWith('/*') ? repository.startsWith(pattern.slice(0, -1)) : repository === pattern;

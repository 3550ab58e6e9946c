import { classify } from './errors.ts';

/** The object of a GET; undefined when it does not exist. @throws every other error of the GET */
export const ifExists = async <T>(get: Promise<T>): Promise<T | undefined> =>
  await get.catch((error: unknown) => {
    if (classify(error) === 'NotFound') return undefined;
    throw error;
  });

import { classify } from '../rest/errors.ts';
import { RetryError } from './work-queue.ts';

/**
 * Makes a write that depends on an object as it was read. A deleted object needs no write.
 * @param what names the object in the message
 * @throws RetryError when the object has changed since; every other error as it is
 */
export const writeUnlessGone = async (what: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    const failure = classify(error);
    if (failure === 'Conflict')
      throw new RetryError(`${what} has changed since it was read`, { cause: error, isRoutine: true });
    if (failure !== 'NotFound') throw error;
  }
};

import { parseSchedule, type Schedule } from '../../../../src/scan/imagescan/schedule/schedule.ts';

/** A schedule that a test knows to be valid. */
export const scheduleOf = (expression: string, timeZone?: string): Schedule => {
  const parsed = parseSchedule(expression, timeZone);
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
};

import type { IANAZone } from 'luxon';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Offsets of zones are between -12 and +14 hours. */
const WEST = -12 * HOUR;
const EAST = 14 * HOUR;

const offsetAt = (zone: IANAZone, instant: number): number => Math.round(zone.offset(instant) * MINUTE);

/** What the clocks of a zone show, as milliseconds of a calendar without zones. */
export const localTime = (zone: IANAZone, instant: number): number => instant + offsetAt(zone, instant);

/** When a zone's offset became what it is at `high`, to the second: it was another one at `low`. */
const changeBetween = (zone: IANAZone, low: number, high: number): number => {
  const after = offsetAt(zone, high);
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(zone, middle) === after) high = middle;
    else low = middle;
  }
  return high;
};

/** When the clocks of a zone first show a local time; when they skip it, the moment at which they do. */
export const instantOf = (zone: IANAZone, local: number): number => {
  const [earliest, latest] = [local - EAST, local - WEST];
  // The larger offset is the earlier moment.
  const offsets = [offsetAt(zone, earliest), offsetAt(zone, latest)].sort((a, b) => b - a);
  const shown = offsets.map((offset) => local - offset).find((instant) => localTime(zone, instant) === local);
  return shown ?? changeBetween(zone, earliest, latest);
};

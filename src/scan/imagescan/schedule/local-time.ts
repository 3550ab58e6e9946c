import type { IANAZone } from 'luxon';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Offsets of zones are between -12 and +14 hours. */
const WEST = -12 * HOUR;
const EAST = 14 * HOUR;

const offsetAt = (zone: IANAZone, instant: number): number => Math.round(zone.offset(instant) * MINUTE);

/** The local time of a zone, as milliseconds of a calendar without zones. */
export const localTime = (zone: IANAZone, instant: number): number => instant + offsetAt(zone, instant);

/** The second at which a zone's offset changed to its value at `high`; at `low` it was another one. */
const changeBetween = (zone: IANAZone, low: number, high: number): number => {
  const after = offsetAt(zone, high);
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(zone, middle) === after) high = middle;
    else low = middle;
  }
  return high;
};

/** The first moment at which a zone has a local time; if its clocks skip that time, the moment of the change. */
export const instantOf = (zone: IANAZone, local: number): number => {
  const [earliest, latest] = [local - EAST, local - WEST];
  // The larger offset is the earlier moment.
  const offsets = [offsetAt(zone, earliest), offsetAt(zone, latest)].sort((a, b) => b - a);
  const shown = offsets.map((offset) => local - offset).find((instant) => localTime(zone, instant) === local);
  return shown ?? changeBetween(zone, earliest, latest);
};

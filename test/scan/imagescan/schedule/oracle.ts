/** Values of the five cron fields; undefined is a star. */
export interface Fields {
  readonly minute?: readonly number[] | undefined;
  readonly hour?: readonly number[] | undefined;
  readonly dayOfMonth?: readonly number[] | undefined;
  readonly month?: readonly number[] | undefined;
  readonly dayOfWeek?: readonly number[] | undefined;
  /** This one is written as a star with a step. */
  readonly stepped?: 'dayOfMonth' | 'dayOfWeek' | undefined;
}

/** The local time of a zone in each minute of two years, by Intl alone. */
export interface ZoneMinutes {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** For each minute from `start` the local time, in minutes of a calendar without zones. */
  readonly local: Int32Array;
  /** The minutes of clock changes. */
  readonly changes: readonly number[];
}

const MINUTE = 60_000;
const QUARTER = 15;

const readZone = (name: string, year: number): ZoneMinutes => {
  const start = Date.UTC(year, 0, 1);
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'short' });
  const local = new Int32Array((Date.UTC(year + 2, 0, 1) - start) / MINUTE);
  const changes: number[] = [];
  // No zone here changes its clocks at other times than a quarter of an hour.
  for (let minute = 0; minute < local.length; minute += QUARTER) {
    const shown = Date.parse(`${clock.format(start + minute * MINUTE).replace(' ', 'T')}Z`) / MINUTE;
    for (let i = 0; i < QUARTER; i += 1) local[minute + i] = shown + i;
    if (minute > 0 && shown !== local[minute - 1]! + 1) changes.push(minute);
  }
  return { name, start, local, changes: changes.length === 0 ? [local.length / 2] : changes };
};

export const ZONES: readonly ZoneMinutes[] = [
  readZone('Europe/Berlin', 2026),
  readZone('Australia/Sydney', 2026),
  readZone('Australia/Lord_Howe', 2026),
  readZone('Africa/Cairo', 2026),
  readZone('Asia/Beirut', 2026),
  readZone('America/Sao_Paulo', 2018),
  readZone('Asia/Kolkata', 2026),
];

const names = ({ minute, hour, dayOfMonth, month, dayOfWeek, stepped }: Fields, local: number): boolean => {
  const date = new Date(local * MINUTE);
  const has = (values: readonly number[] | undefined, value: number) => values === undefined || values.includes(value);
  if (!has(minute, date.getUTCMinutes()) || !has(hour, date.getUTCHours()) || !has(month, date.getUTCMonth() + 1)) {
    return false;
  }
  const day = has(dayOfMonth, date.getUTCDate());
  const weekday = has(dayOfWeek, date.getUTCDay());
  const stars = stepped !== undefined || dayOfMonth === undefined || dayOfWeek === undefined;
  return stars ? day && weekday : day || weekday;
};

/**
 * The runs after a minute, as somebody makes them who looks at the clock every minute, ticks off each local time that it
 * shows or has jumped over, and runs when one of those is named.
 */
export const runsByMinute = (zone: ZoneMinutes, fields: Fields, after: number, most: number): Date[] => {
  const runs: Date[] = [];
  // What was shown before `after` counts as ticked off: no change goes back more than a day.
  let done = 0;
  for (let minute = Math.max(0, after - 1440); minute <= after; minute += 1) done = Math.max(done, zone.local[minute]!);
  for (let minute = after + 1; minute < zone.local.length && runs.length < most; minute += 1) {
    const shown = zone.local[minute]!;
    let run = false;
    for (let local = done + 1; local <= shown; local += 1) run = names(fields, local) || run;
    if (run) runs.push(new Date(zone.start + minute * MINUTE));
    done = Math.max(done, shown);
  }
  return runs;
};

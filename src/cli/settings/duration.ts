const DURATION = /^(?=\d)(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,6})m)?(?:(?<s>\d{1,6})s)?$/;

/** Milliseconds of a duration as Go writes whole ones: 30s, 10m, 1h30m. Undefined when it is not one. */
export const parseDuration = (text: string): number | undefined => {
  const parts = DURATION.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { h = '0', m = '0', s = '0' } = parts;
  return ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000;
};

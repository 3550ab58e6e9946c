/** Texts, and whether a field of format date-time takes them: test/cluster/api asks a real API server. */
export const DATE_TIMES: readonly (readonly [text: string, isOne: boolean])[] = [
  ['2027-01-31T00:00:00Z', true],
  ['2027-01-31t00:00:00z', true],
  ['2028-02-29T23:59:59.123456+05:30', true],
  ['2027-01-31', false],
  ['2027-01-31 00:00:00Z', false],
  ['2027-01-31T00:00:00', false],
  ['2027-01-31T00:00Z', false],
  ['2027-02-30T00:00:00Z', false],
  ['2027-13-01T00:00:00Z', false],
  ['2027-01-31T24:00:00Z', false],
  ['2027-01-31T23:59:60Z', false],
  ['2027-01-31T00:00:00+0100', false],
  ['tomorrow', false],
];

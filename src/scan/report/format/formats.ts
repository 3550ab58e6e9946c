/** The values of `palisade report -o`. */
export const REPORT_FORMATS = ['table', 'json', 'sarif', 'cyclonedx', 'openvex', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** By RFC 6838, as the formats' own documents register them. */
export const MEDIA_TYPES: Readonly<Record<ReportFormat, string>> = {
  table: 'text/plain; charset=utf-8',
  json: 'application/json',
  sarif: 'application/sarif+json',
  cyclonedx: 'application/vnd.cyclonedx+json; version=1.6',
  openvex: 'application/json',
  html: 'text/html; charset=utf-8',
};

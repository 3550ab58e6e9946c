const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** The format date-time of Kubernetes (IsDateTime of kube-openapi): RFC 3339 without leap seconds. */
export const isDateTime = (text: string): boolean => {
  const [, date = ''] = DATE_TIME.exec(text) ?? [];
  const time = Date.parse(date);
  // JavaScript reads February 30 as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
};

const UNITS: Readonly<Record<string, number>> = { Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of a quantity as Kubernetes writes whole ones: 512Mi, 4Gi, 1Ti. Undefined when it is not one. */
export const parseQuantity = (text: string): number | undefined => {
  const [, number, unit = ''] = /^(\d{1,6})(Mi|Gi|Ti)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 0);
};

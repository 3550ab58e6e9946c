/** A step into an object (by name) or into a list (by index): spec.network.allow.ingress[0].from[0].cidr, as kubectl has it. */
export const childPath = (path: string, step: string | number): string => {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
};

import { Environment } from '@marcbachmann/cel-js';
import { Cidr, parseCidr } from '../../policy/sections/network/cidr.ts';

/** A compiled expression about `self`. @throws Error when it cannot be evaluated */
export type Expression = (self: unknown) => unknown;

const toCidr = (text: string): Cidr => {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`${text} is not a CIDR`);
  return cidr;
};

const contains = (outer: Cidr, inner: string): boolean => {
  const cidr = parseCidr(inner);
  return cidr !== undefined && outer.contains(cidr);
};

/** Compiles CEL with what Kubernetes adds to the language, as far as the rules of our definition use it. */
export const celCompiler = (): ((source: string) => Expression) => {
  const environment = new Environment({ homogeneousAggregateLiterals: false })
    .registerVariable('self', 'dyn')
    .registerType('Cidr', { ctor: Cidr, fields: {} })
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction('cidr(string): Cidr', toCidr)
    .registerFunction('Cidr.masked(): Cidr', (cidr: Cidr) => cidr.masked())
    .registerFunction('Cidr.prefixLength(): int', (cidr: Cidr) => BigInt(cidr.prefixLength))
    .registerFunction('Cidr.containsCIDR(string): bool', contains)
    .registerOperator('Cidr == Cidr', (a: Cidr, b: Cidr) => a.equals(b));
  return (source) => {
    const evaluate = environment.parse(source);
    return (self) => evaluate({ self: toCel(self) });
  };
};

/** JSON as CEL sees it. Maps and not objects: names such as __proto__ and constructor are names like others. */
const toCel = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
};

import { compareText } from '../../../text/compare-text.ts';

const withoutZeros = (digits: string): string => digits.replace(/^0+/, '');

/** Decimal digits by their value, however many they are. Nothing is 0. */
export const compareDigits = (a: string, b: string): number => {
  const [left, right] = [withoutZeros(a), withoutZeros(b)];
  return left.length - right.length || compareText(left, right);
};

/** `a`, `a and b`, `a, b and c` */
export const listed = (items: readonly string[], last: 'and' | 'or' = 'and'): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;

/** `a, b and 5 more` @param count of all, if `items` are only some of them */
export const listedUpTo = (most: number, items: readonly string[], count = items.length): string => {
  const shown = items.slice(0, most);
  const more = count - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

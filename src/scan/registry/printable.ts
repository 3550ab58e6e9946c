const LONGEST = 200;

/** Text from elsewhere for a message: one line of at most 200 printable ASCII characters. */
export const printable = (text: string): string => {
  const clean = text
    .slice(0, LONGEST + 1)
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  return text.length > LONGEST ? `${clean.slice(0, LONGEST - 3)}...` : clean;
};

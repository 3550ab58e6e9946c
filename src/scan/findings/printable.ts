/** What says nothing by itself, but can steer a terminal or turn round what stands beside it. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

/**
 * Text from an image or a vulnerability database as it may stand in a line for people: no line breaks, control or
 * escape characters, marks of direction or invisible characters.
 * @param longest in characters; '…' where it was cut
 */
export const printable = (text: string, longest = 512): string => {
  // Cleaning is linear, but a title can have megabytes.
  const clean = text
    .slice(0, longest * 4)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(UNPRINTABLE, '\ufffd')
    .trim();
  const characters = [...clean];
  const fits = characters.length <= longest && text.length <= longest * 4;
  return fits ? clean : `${characters.slice(0, longest - 1).join('')}…`;
};

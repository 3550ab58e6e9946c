/** Characters that JSON does not escape and that steer a terminal: controls, bidirectional and invisible ones, separators. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

const escapeUnits = (text: string): string =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/**
 * JSON for files and terminals, without characters that steer a terminal. Ends in a newline.
 * @param indent spaces; 0: one line
 */
export const toJsonText = (value: object, indent: number): string =>
  `${JSON.stringify(value, null, indent).replaceAll(STEERING, escapeUnits)}\n`;

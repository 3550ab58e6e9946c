/** What JSON lets pass, but a terminal does not: C1 controls, marks of direction, invisible characters, separators. */
const STEERING = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

const escapeUnits = (text: string): string =>
  [...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** JSON for files and for terminals: whatever strings hold, the text holds no character that steers a terminal. Ends in a newline. @param indent spaces; 0: one line */
export const toJsonText = (value: object, indent: number): string =>
  `${JSON.stringify(value, null, indent).replaceAll(STEERING, escapeUnits)}\n`;

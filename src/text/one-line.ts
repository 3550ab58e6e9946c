/** Text on one line, however long: breaks, control, escape and bidirectional characters and runs of spaces become a space. */
export const oneLine = (text: string): string => text.replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** Text of somebody else's as it may stand in a line of ours: it cannot break the line, nor steer a terminal. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

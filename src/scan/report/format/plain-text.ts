import { printable } from '../../../text/printable.ts';

/** As `printable`, for plain texts of SARIF, in which `[text](address)` is a link: texts of others make none. */
export const plainText = (text: string, longest: number): string => printable(text, longest).replaceAll('](', '] (');

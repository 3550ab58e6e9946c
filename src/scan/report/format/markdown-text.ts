/** Punctuation that may begin markup: CommonMark lets a backslash take its meaning. */
const PUNCTUATION = /[!"#$%&'()*+,./:;<=>?@[\\\]^_`{|}~-]/g;

/** Text that others wrote, in Markdown, where it is never markup, a link or HTML. */
export const markdownText = (text: string): string => text.replaceAll(PUNCTUATION, '\\$&');

/** An address of the web as URIs are written; undefined for anything else, which is never made a link. */
export const webAddress = (text: string | undefined): string | undefined => {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : undefined;
};

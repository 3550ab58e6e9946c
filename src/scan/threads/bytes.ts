/** Bytes that come from another thread are no Buffer any more; this copies nothing. */
export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

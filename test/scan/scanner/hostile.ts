import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { blob, type Content, content, jsonBlob, sha256 } from '../../../hack/images/content.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
const BLOCK = 512;
const MiB = 2 ** 20;

/** An image of layers as they are, however broken. */
export function rawImage(layers: readonly Buffer[], diffIds: readonly string[] = layers.map(sha256)): Content {
  const blobs = layers.map((layer) => blob(LAYER, layer));
  const config = jsonBlob('application/vnd.oci.image.config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = jsonBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: config.descriptor,
    layers: blobs.map(({ descriptor }) => descriptor),
  });
  return content(manifest, [config, ...blobs]);
}

/** A tar header by hand: of any size, any name, any type. */
export function tarHeader(name: string, size: number, type = '0', linkname = ''): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  sizeField(size).copy(header, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(linkname, 157, 100);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Twelve bytes: octal, or binary from 8 GiB on. */
function sizeField(size: number): Buffer {
  if (size < 8 ** 11) return Buffer.from(`${size.toString(8).padStart(11, '0')}\0`);
  const field = Buffer.alloc(12);
  field[0] = 0x80;
  field.writeBigUInt64BE(BigInt(size), 4);
  return field;
}

export const tarEnd = Buffer.alloc(2 * BLOCK);

export function tarFile(name: string, data: string | Buffer): Buffer {
  const body = Buffer.from(data);
  return Buffer.concat([tarHeader(name, body.length), body, Buffer.alloc(-body.length & (BLOCK - 1))]);
}

export const gzipped = (...parts: readonly Buffer[]): Buffer => gzipSync(Buffer.concat(parts), { level: 1 });

/** A layer with one file of so many zeros, a multiple of 64 MiB: gzip may be one stream after another. */
export function zerosLayer(name: string, size: number): Buffer {
  const piece = gzipSync(Buffer.alloc(64 * MiB), { level: 9 });
  const pieces = Array.from({ length: size / (64 * MiB) }, () => piece);
  return Buffer.concat([gzipSync(tarHeader(name, size)), ...pieces, gzipSync(tarEnd)]);
}

/** A zip whose one entry becomes so many zeros, a multiple of 64 MiB below 4 GiB. Its checksum is wrong. */
export function zipBomb(name: string, size: number): Buffer {
  const piece = deflateRawSync(Buffer.alloc(64 * MiB), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  const pieces = Array.from({ length: size / (64 * MiB) }, () => piece);
  const data = Buffer.concat([...pieces, deflateRawSync(Buffer.alloc(0))]);
  const path = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(size, 18);
  common.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, path]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), path]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length + data.length, 12);
  return Buffer.concat([local, data, central, Buffer.from('PK\x05\x06'), end]);
}

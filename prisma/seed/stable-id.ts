import { createHash } from 'node:crypto';

/** Namespace of the demo city's ids; a random UUID, fixed for ever. */
const NAMESPACE = '6f0f3c1e-6a0b-4d53-9c55-4d1f5f0c7a2b';

/** Name-based UUID (RFC 9562, version 5): the same name always has the same id, so seeding twice adds nothing. */
export const stableId = (name: string): string => {
  const bytes = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

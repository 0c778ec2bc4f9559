/** 128 random bits as 32 hexadecimal digits; for ids and idempotency keys that a page makes. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

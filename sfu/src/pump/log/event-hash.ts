import { createHash } from 'node:crypto';
import type { BroadcastEvent } from '@loa/shared/broadcasts/events';

/** JSON with sorted keys: the same value gives the same text everywhere. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256, hexadecimal, over the predecessor's hash, the version, the time and the event. */
export function hashEvent(prevHash: string, version: number, at: number, event: BroadcastEvent): string {
  return createHash('sha256')
    .update(`${prevHash}\n${version}\n${at}\n${canonicalJson(event)}`)
    .digest('hex');
}

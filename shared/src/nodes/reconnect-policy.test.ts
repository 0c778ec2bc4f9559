import { describe, expect, it } from 'vitest';
import { FIRST_RETRY_MS, MAX_RETRY_MS, reconnectDelayMs } from './reconnect-policy.ts';

describe('waiting before the next attempt', () => {
  it('PO22: grows, and stays bounded however long it lasts', () => {
    const delays = Array.from({ length: 60 }, (_, index) => reconnectDelayMs(index + 1, 1));
    expect(delays[0]).toBe(FIRST_RETRY_MS);
    delays.forEach((delay, index) => expect(delay).toBeGreaterThanOrEqual(delays[index - 1] ?? 0));
    expect(delays.at(-1)).toBe(MAX_RETRY_MS);
  });

  it('PO22: is spread by chance over half of the time', () => {
    expect(reconnectDelayMs(20, 0)).toBe(MAX_RETRY_MS / 2);
    expect(reconnectDelayMs(20, 0.5)).toBe(MAX_RETRY_MS * 0.75);
  });
});

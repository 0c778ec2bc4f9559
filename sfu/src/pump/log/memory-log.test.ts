import { describe, expect, it } from 'vitest';
import { testEventLog } from '../../../test/event-log.contract.ts';
import { createMemoryLog } from './memory-log.ts';
import { MAX_RETAINED_EVENTS } from './retained-events.ts';

testEventLog('in memory', (start) =>
  Promise.resolve({ log: createMemoryLog(start, () => undefined), close: () => Promise.resolve() }),
);

describe('the memory log', () => {
  it('is bounded and says what is lost', async () => {
    let lost = 0;
    const log = createMemoryLog({ version: 0, hash: '' }, (count) => (lost += count));
    const event = { type: 'broadcast-unpaused' as const, broadcastId: 'a' as never, by: { id: 'p', name: 'n' } };
    await log.append(
      0,
      Array.from({ length: MAX_RETAINED_EVENTS + 7 }, () => event),
      1,
    );
    expect(lost).toBe(7);
    expect((await log.readAfter(0, 1))[0]?.version).toBe(8);
  });
});

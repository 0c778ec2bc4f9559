import { expect, test, vi } from 'vitest';
import { TabLock } from './tab-lock.ts';

test('of two tabs one receives, and the other may as soon as it has left', async () => {
  const [one, other] = [new TabLock(), new TabLock()];
  expect(await one.take()).toBe(true);
  expect(await other.take()).toBe(false);
  one.release();
  await vi.waitUntil(() => other.take());
  expect(await one.take()).toBe(false);
  other.release();
  // Twice does no harm, and takes nothing from the next one.
  other.release();
});

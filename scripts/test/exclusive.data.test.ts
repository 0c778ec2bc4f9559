import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { exclusively } from '../worker/exclusive.mjs';

it('lets one at a time do a task of one name, and tells the other that it waits', async () => {
  const name = `loa-test-${randomUUID()}`;
  const order: string[] = [];
  let finish = (): void => {};
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const first = exclusively(
    name,
    () => order.push('first waits'),
    async () => {
      order.push('first begins');
      await gate;
      order.push('first ends');
    },
  );
  const second = exclusively(
    name,
    () => {
      order.push('second waits');
      finish();
    },
    async () => {
      order.push('second begins');
      throw new Error('second fails');
    },
  );
  await first;
  await expect(second).rejects.toThrow('second fails');
  expect(order).toEqual(['first begins', 'second waits', 'first ends', 'second begins']);
  // A failed task gives the name back.
  await expect(
    exclusively(
      name,
      () => {},
      async () => 'free',
    ),
  ).resolves.toBe('free');
});

import type { z } from 'zod';

/** The other end of `spawnNode`: says that this process is ready, answers each order, and ends with its parent. */
export function answerOrders<S extends z.ZodType>(
  schema: S,
  carryOut: (order: z.output<S>) => Promise<unknown> | unknown,
): void {
  process.on('message', (message: { id: number; order: unknown }) => {
    void Promise.resolve(carryOut(schema.parse(message.order))).then((answer) =>
      process.send?.({ id: message.id, answer }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
}

import { z } from 'zod';
import type { LogHead } from '../../src/pump/log/event-log.ts';
import { answerOrders } from './answer-orders.ts';
import { startLogNode } from './log-node.ts';
import { write } from './log-writers.ts';
import type { WriterSettings } from './sentinel-writers.ts';

/** A node in a process of its own that gives orders by itself and keeps what it was told to be done. */
const orderSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('write') }),
  /** Answers when the last order is over. */
  z.object({ do: z.literal('rest') }),
  z.object({ do: z.literal('tell') }),
  /** What came since the last time; up to `stored` the database is said to have the log. */
  z.object({ do: z.literal('collect'), stored: z.number() }),
]);
export type WriterOrder = z.input<typeof orderSchema>;

/** Where it stands. */
export interface WriterStanding extends LogHead {
  readonly reachable: boolean;
  /** How often it had to begin again from a stored state. */
  readonly replacements: number;
  /** How many orders were acknowledged since it began. */
  readonly acknowledged: number;
}

export interface Collected {
  readonly acknowledged: string[];
  readonly folded: LogHead[];
}

const { name, zone, ...settings } = JSON.parse(process.env['WRITER'] ?? '{}') as WriterSettings;
const node = await startLogNode({ node: name, ...settings });
let acknowledged: string[] = [];
let count = 0;
let goesOn = false;
let writing: Promise<void> = Promise.resolve();

answerOrders(orderSchema, (order) => {
  switch (order.do) {
    case 'write': {
      goesOn = true;
      const acknowledge = (what: string) => {
        acknowledged.push(what);
        count += 1;
      };
      writing = write(node, { zone, name, acknowledge, goesOn: () => goesOn });
      return null;
    }
    case 'rest':
      goesOn = false;
      return writing;
    case 'tell': {
      const { log, replacements } = node;
      const told: WriterStanding = { ...log.head, reachable: log.reachable, replacements, acknowledged: count };
      return told;
    }
    case 'collect': {
      node.log.forgetUpTo(order.stored);
      const folded = node.folded.map(({ version, hash }) => ({ version, hash }));
      const collected: Collected = { acknowledged, folded };
      acknowledged = [];
      node.forgetSeen();
      return collected;
    }
  }
});

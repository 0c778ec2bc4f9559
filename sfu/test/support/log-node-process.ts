import { z } from 'zod';
import { commandSchema } from '@loa/shared/broadcasts/commands';
import type { Command } from '@loa/shared/broadcasts/commands';
import { toCommand, type Step } from '../../../shared/test/support/history.ts';
import { broadcastId } from '../../../shared/test/support/session.ts';
import { answerOrders } from './answer-orders.ts';
import { startLogNode } from './log-node.ts';

/** A node in a process of its own, which is told by messages what to do and answers each. */
export const orderSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('submit'), command: commandSchema }),
  /** A random step of a history, meant on the state that this node has now. */
  z.object({ do: z.literal('step'), step: z.unknown(), started: z.number() }),
  /** Up to here the database has everything. */
  z.object({ do: z.literal('forget'), version: z.number() }),
  z.object({ do: z.literal('tell') }),
]);
export type Order = z.input<typeof orderSchema>;

/** Where a node stands. */
export interface Told {
  readonly version: number;
  readonly hash: string;
  readonly reachable: boolean;
  readonly replacements: number;
  readonly state: string;
}

export interface Outcome {
  readonly command: Command;
  /** Null when it was accepted. */
  readonly refusal: string | null;
  /** LA2: the node had events of its own alone then. */
  readonly alone: boolean;
}

const { LOG_NODE_URL: url = '', LOG_NODE_NAME: name = '', LOG_NODE_LIMITS: limits = '{}' } = process.env;
const node = await startLogNode({ url, node: name, limits: JSON.parse(limits) as object });

const submit = async (command: Command): Promise<Outcome> => {
  const result = await node.runner.submit(command);
  return { command, refusal: result.ok ? null : result.error.code, alone: node.log.localAfter !== null };
};

/** Histories of their own have few ids; here every start is another one. */
const asNew = (command: Command, n: number): Command =>
  command.type === 'start'
    ? { ...command, spec: { ...command.spec, id: broadcastId(`b${n}`), key: `key-of-b${n}`.padEnd(16, '.') } }
    : command;

const carryOut = (order: z.output<typeof orderSchema>): Promise<unknown> | unknown => {
  switch (order.do) {
    case 'submit':
      return submit(order.command);
    case 'step':
      return submit(asNew(toCommand(order.step as Step, node.runner.state, order.started), order.started));
    case 'forget':
      node.log.forgetUpTo(order.version);
      return null;
    case 'tell': {
      const told: Told = {
        ...node.log.head,
        reachable: node.log.reachable,
        replacements: node.replacements,
        state: node.stateText(),
      };
      return told;
    }
  }
};

answerOrders(orderSchema, carryOut);

import type { Command } from '@loa/shared/broadcasts/commands';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import { err, type Result } from '@loa/shared/result';

/** EL7: as long as a failover may take, and then some. */
const TRIES = 60;
export const GIVE_AGAIN_EVERY_MS = 500;

export interface GiveAgainOptions {
  /** In their order. */
  readonly commands: readonly Command[];
  submit(command: Command): Promise<Result<number, Refusal>>;
  /** Lets `GIVE_AGAIN_EVERY_MS` pass. */
  pause(): Promise<unknown>;
  /** Every command was given once; what the log did not take is given again later. */
  onceGiven(): void;
  onRefused(command: Command, refusal: Refusal): void;
}

function broadcastOf(command: Command): string | null {
  if (command.type === 'start') return command.spec.id;
  return 'broadcastId' in command ? command.broadcastId : null;
}

/**
 * EL7, LA4: gives the orders of lost events again. One that waits for the log holds up only what comes after it about the same
 * broadcast: an emergency is decided at once, whatever stands before it.
 */
export async function giveAgain({ commands, submit, pause, onceGiven, onRefused }: GiveAgainOptions): Promise<void> {
  // What one order meets keeps none of the others: they were all acknowledged once.
  const tryOne = async (command: Command) => {
    try {
      return await submit(command);
    } catch (error) {
      return err<Refusal>({ code: 'log-away', detail: String(error) });
    }
  };
  let waiting = commands;
  for (let tries = 1; tries === 1 || waiting.length > 0; tries++) {
    const putOff: Command[] = [];
    const heldUp = new Set<string>();
    for (const command of waiting) {
      const about = broadcastOf(command);
      const result = about !== null && heldUp.has(about) ? null : await tryOne(command);
      if (result?.ok) continue;
      if (result && (result.error.code !== 'log-away' || tries >= TRIES)) {
        onRefused(command, result.error);
        continue;
      }
      putOff.push(command);
      if (about !== null) heldUp.add(about);
    }
    if (tries === 1) onceGiven();
    waiting = putOff;
    if (waiting.length > 0) await pause();
  }
}

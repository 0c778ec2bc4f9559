import type { Command } from '../broadcasts/commands.ts';
import { LEVEL } from '../broadcasts/rank.ts';
import { userOfSource } from '../broadcasts/source-use.ts';
import type { LiveState } from '../broadcasts/state.ts';
import type { BroadcastId } from '../ids.ts';

/** Under what a node decides: the log that all nodes share, or, while that is away, its own word alone (LA1). */
export type LogAuthority = 'shared' | 'local';

/** LA1: whether a node that cannot reach the log may carry out `command` on its own. Time passes for emergencies only. */
export function mayDecideLocally(state: LiveState, command: Command): boolean {
  const isEmergency = (id: BroadcastId | null) =>
    id !== null && state.broadcasts.get(id)?.spec.level === LEVEL.emergency;
  switch (command.type) {
    case 'tick':
      return true;
    case 'start':
      return command.spec.level === LEVEL.emergency;
    case 'source-lost':
    case 'source-back':
      return isEmergency(userOfSource(state, command.sourceId));
    // What is on air goes on in the old zones; the new ones come with the log.
    case 'zones-changed':
      return false;
    case 'stop':
    case 'pause':
    case 'unpause':
    case 'extend':
    case 'source-found':
    case 'segment-ended':
    case 'source-failed':
      return isEmergency(command.broadcastId);
  }
}

import type { LiveState } from '@loa/shared/broadcasts/state';
import type { BroadcastId } from '@loa/shared/ids';
import type { ReceiverView, Tally } from '@loa/shared/protocol/receivers';
import type { ZoneTree } from '@loa/shared/zones/zone-tree';
import { type Heard, tallyOf } from './tally.ts';

/** Who sounds each broadcast on air, and what pages were told of that last. */
export interface TallyBook {
  all(state: LiveState, tree: ZoneTree, receivers: ReadonlyMap<string, ReceiverView>): Tally[];
  /** Those that are otherwise than when they were last asked for here. */
  changed(state: LiveState, tree: ZoneTree, receivers: ReadonlyMap<string, ReceiverView>): Tally[];
  forget(id: BroadcastId): void;
}

/** @param now server time in ms. */
export function createTallyBook(now: () => number): TallyBook {
  const told = new Map<BroadcastId, string>();
  const heard = new Map<BroadcastId, Heard>();

  const all: TallyBook['all'] = (state, tree, receivers) =>
    [...state.broadcasts.values()]
      .filter(({ phase }) => phase === 'on-air')
      .map((broadcast) => {
        const tally = tallyOf(broadcast, tree, receivers.values(), now(), heard.get(broadcast.id));
        heard.set(broadcast.id, tally);
        return tally;
      });

  return {
    all,
    changed(state, tree, receivers) {
      const changed = all(state, tree, receivers).filter(
        (tally) => told.get(tally.broadcastId) !== JSON.stringify(tally),
      );
      for (const tally of changed) told.set(tally.broadcastId, JSON.stringify(tally));
      return changed;
    },
    forget(id) {
      told.delete(id);
      heard.delete(id);
    },
  };
}

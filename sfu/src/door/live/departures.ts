import type { ReceiverId } from '@loa/shared/ids';
import type { NodeView } from '../peers/node-view.ts';
import { createTurns } from './turns.ts';

/** Receivers that are sent to other nodes, one after the other. */
export interface Departures {
  /** ND5: this node is being emptied. */
  sendAway(ids: Iterable<ReceiverId>): void;
  /** ND6: receivers that hear nothing here any more. */
  rescue(ids: Iterable<ReceiverId>): void;
  /** ND7: this node takes receivers again: those that were told to go and are still here may stay. */
  callBack(): void;
  /** ND15: asks these to go to one of `doors`. Who is still here after a while stays. */
  spread(ids: Iterable<ReceiverId>, doors: readonly string[]): void;
  /** Asked to go by `spread`, and still here. */
  isSpreading(id: ReceiverId): boolean;
  forget(id: ReceiverId): void;
  close(): void;
}

/** Between two receivers that are told to join elsewhere, in ms. */
const TELL_EVERY_MS = 10;
/** The same for those that are silent meanwhile: their other node opens some hundred paths a second, so nothing is won by less. */
const RESCUE_EVERY_MS = 1;
/** A receiver that is only asked to go where there is more room tries for this long, in ms. */
const SPREAD_PATIENCE_MS = 20_000;

export function createDepartures(
  nodes: Pick<NodeView, 'otherDoors' | 'refusal'>,
  tell: (id: ReceiverId, doors: string[]) => void,
): Departures {
  /** Those that were told to go, and have not left. */
  const told = new Set<ReceiverId>();
  const spreading = new Map<ReceiverId, NodeJS.Timeout>();
  const sendOne = (id: ReceiverId) => {
    // It may have been taken back, or the others may be gone, meanwhile.
    if (!nodes.refusal()) return;
    told.add(id);
    tell(id, nodes.otherDoors());
  };
  const departures = createTurns<ReceiverId>(TELL_EVERY_MS, sendOne);
  const rescues = createTurns<ReceiverId>(RESCUE_EVERY_MS, sendOne);
  return {
    sendAway: (ids) => departures.add(ids),
    rescue: (ids) => rescues.add(ids),
    callBack() {
      if (nodes.refusal()) return;
      for (const id of told) tell(id, []);
      told.clear();
    },
    spread(ids, doors) {
      for (const id of ids) {
        tell(id, [...doors]);
        const stay = () => {
          spreading.delete(id);
          if (!told.has(id)) tell(id, []);
        };
        spreading.set(id, setTimeout(stay, SPREAD_PATIENCE_MS));
      }
    },
    isSpreading: (id) => spreading.has(id),
    forget(id) {
      told.delete(id);
      clearTimeout(spreading.get(id));
      spreading.delete(id);
      departures.forget(id);
      rescues.forget(id);
    },
    close() {
      departures.close();
      rescues.close();
      for (const timer of spreading.values()) clearTimeout(timer);
    },
  };
}

import type { ZoneId } from '@loa/shared/ids';
import { MAX_OUTPUT_STREAMS, MAX_OUTPUT_ZONES, MAX_PUBLIC_PAYLOAD_TYPES } from '@loa/shared/protocol/limits';
import { LinkError } from '../../link/messages.ts';
import type { PlaceLimit } from '../paths/places.ts';
import { USUAL_PAYLOAD_TYPE, WELL_KNOWN_PAYLOAD_TYPES } from '../rtp/payload-type.ts';

/** What a person online listens to, with which number for Opus. */
export interface PublicWish {
  readonly zones: readonly ZoneId[];
  readonly payloadType: number;
}

/**
 * The people online, who need no token: whatever they ask for, it costs the pump a bounded number of writes for each frame, and the
 * loudspeakers find a place. Each zone that they listen to is written once for each payload type and media worker.
 */
export interface PublicAudience<Worker> {
  /** Takes in a listener. Throws a LinkError that names the remedy when there is no room. */
  admit(pathId: string, wish: PublicWish): void;
  /** Gives a listener that was admitted to a worker; throws likewise. */
  place(pathId: string, worker: Worker): void;
  leave(pathId: string): void;
  /** What is wished for is written on this worker already: one listener more costs the pump nothing. */
  isWritten(wish: PublicWish, worker: Worker): boolean;
  /** Whether one stream more may be written; otherwise only what is written already can be listened to. */
  readonly hasRoom: boolean;
}

interface Listener<Worker> extends PublicWish {
  /** Null until it is placed. */
  readonly worker: Worker | null;
}

function refuse(what: string, remedy: string): never {
  throw new LinkError('too-many-requests', `${what} already: ${remedy}, or try again in a minute`);
}

/** @param limit people who may listen at a time, and what helps one more. */
export function createPublicAudience<Worker>(limit: () => PlaceLimit): PublicAudience<Worker> {
  const listeners = new Map<string, Listener<Worker>>();

  const isWrittenIn = (zone: ZoneId, payloadType: number, worker: Worker) =>
    [...listeners.values()].some(
      (other) => other.worker === worker && other.payloadType === payloadType && other.zones.includes(zone),
    );
  /** Writes for each frame, if every zone has something on air. */
  const streams = () => {
    const written = new Map<Worker, Set<string>>();
    for (const { worker, zones, payloadType } of listeners.values()) {
      if (worker === null) continue;
      const here = written.get(worker) ?? new Set();
      for (const zone of zones) here.add(`${payloadType} ${zone}`);
      written.set(worker, here);
    }
    return [...written.values()].reduce((sum, here) => sum + here.size, 0);
  };

  return {
    admit(pathId, wish) {
      const all = [...listeners.values(), wish];
      const { max, remedy } = limit();
      if (all.length > max) refuse(`${max} people listen online`, `${remedy} (a third of its places is theirs)`);
      const before = new Set([...listeners.values()].flatMap(({ zones }) => zones));
      const added = wish.zones.filter((zone) => !before.has(zone)).length;
      if (added > 0 && before.size + added > MAX_OUTPUT_ZONES)
        refuse(`${MAX_OUTPUT_ZONES} zones are listened to online`, 'choose the zone above, or another node');
      const isUnusual = (payloadType: number) => !WELL_KNOWN_PAYLOAD_TYPES.has(payloadType);
      const unusual = new Set(all.map(({ payloadType }) => payloadType).filter(isUnusual));
      if (isUnusual(wish.payloadType) && unusual.size > MAX_PUBLIC_PAYLOAD_TYPES)
        refuse(
          `people online use ${MAX_PUBLIC_PAYLOAD_TYPES} other payload types for Opus`,
          `offer it as ${USUAL_PAYLOAD_TYPE}`,
        );
      listeners.set(pathId, { ...wish, worker: null });
    },
    place(pathId, worker) {
      const listener = listeners.get(pathId);
      if (!listener) throw new Error(`${pathId} was not admitted`);
      listeners.set(pathId, { ...listener, worker: null });
      const added = listener.zones.filter((zone) => !isWrittenIn(zone, listener.payloadType, worker)).length;
      if (added > 0 && streams() + added > MAX_OUTPUT_STREAMS)
        refuse(
          `${MAX_OUTPUT_STREAMS} streams are written for people online`,
          `offer Opus as ${USUAL_PAYLOAD_TYPE}, choose the zone above or another node`,
        );
      listeners.set(pathId, { ...listener, worker });
    },
    leave: (pathId) => void listeners.delete(pathId),
    get hasRoom() {
      return streams() < MAX_OUTPUT_STREAMS;
    },
    isWritten: ({ zones, payloadType }, worker) => zones.every((zone) => isWrittenIn(zone, payloadType, worker)),
  };
}

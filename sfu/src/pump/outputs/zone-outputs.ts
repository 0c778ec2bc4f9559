import type { BroadcastId, ZoneId } from '@loa/shared/ids';
import { type Bus, createBus } from '../buses/bus.ts';

/** Streams for plain players: one for each zone that somebody listens to, carrying the winner of the zone's path. */
export interface ZoneOutputs {
  /** Opens the output of a zone for one more listener. */
  open(zoneId: ZoneId): Bus;
  /** One listener less; the output of a zone that nobody listens to is closed. */
  release(zoneId: ZoneId): void;
  readonly zones: Iterable<ZoneId>;
  /** Writes that a frame costs when every zone has something on air. */
  readonly streams: number;
  /** The outputs on which each broadcast is to be heard, given who is heard in a zone. */
  assign(heardIn: (zoneId: ZoneId) => BroadcastId | null): Map<BroadcastId, Bus[]>;
  close(): void;
}

export function createZoneOutputs(): ZoneOutputs {
  const outputs = new Map<ZoneId, { readonly bus: Bus; listeners: number }>();
  return {
    open(zoneId) {
      const output = outputs.get(zoneId) ?? { bus: createBus(`output-${zoneId}`), listeners: 0 };
      output.listeners += 1;
      outputs.set(zoneId, output);
      return output.bus;
    },
    release(zoneId) {
      const output = outputs.get(zoneId);
      if (!output) return;
      output.listeners -= 1;
      if (output.listeners > 0) return;
      output.bus.close();
      outputs.delete(zoneId);
    },
    get zones() {
      return outputs.keys();
    },
    get streams() {
      return [...outputs.values()].reduce((sum, { bus }) => sum + bus.outlets, 0);
    },
    assign(heardIn) {
      const assigned = new Map<BroadcastId, Bus[]>();
      for (const [zoneId, { bus }] of outputs) {
        const broadcastId = heardIn(zoneId);
        if (broadcastId === null) continue;
        assigned.set(broadcastId, [...(assigned.get(broadcastId) ?? []), bus]);
      }
      return assigned;
    },
    close() {
      for (const { bus } of outputs.values()) bus.close();
      outputs.clear();
    },
  };
}

import type { ZoneId } from '@loa/shared/ids';
import { type Bus, createBus } from './bus.ts';

/** The buses of this node by zone. A zone gets its bus when the first receiver under it joins; before that nobody could hear it. */
export interface BusMap {
  /** The bus of a zone, made now if need be. */
  open(zoneId: ZoneId): Bus;
  /** The bus of a zone if anybody can hear it. */
  peek(zoneId: ZoneId): Bus | undefined;
  readonly size: number;
  readonly sentPackets: number;
  close(): void;
}

export function createBusMap(): BusMap {
  const buses = new Map<ZoneId, Bus>();
  return {
    open(zoneId) {
      let bus = buses.get(zoneId);
      if (!bus) {
        bus = createBus(zoneId);
        buses.set(zoneId, bus);
      }
      return bus;
    },
    peek: (zoneId) => buses.get(zoneId),
    get size() {
      return buses.size;
    },
    get sentPackets() {
      let sum = 0;
      for (const bus of buses.values()) sum += bus.sentPackets;
      return sum;
    },
    close() {
      for (const bus of buses.values()) bus.close();
      buses.clear();
    },
  };
}

import type { ZoneId } from '@loa/shared/ids';
import { type Bus, createBus } from './bus.ts';

/** The buses of this node by zone. A zone gets its bus when the first receiver under it joins; before that nobody could hear it. */
export interface BusMap {
  /** The bus of a zone, made now if need be. */
  open(zoneId: ZoneId): Bus;
  /** The bus of a zone if anybody can hear it. */
  peek(zoneId: ZoneId): Bus | undefined;
  /** Zones whose bus is open. */
  readonly zones: Iterable<ZoneId>;
  readonly size: number;
  readonly sentPackets: number;
  close(): void;
}

/** @param onOpened a bus is there that was not there before. */
export function createBusMap(onOpened: () => void = () => undefined): BusMap {
  const buses = new Map<ZoneId, Bus>();
  return {
    open(zoneId) {
      let bus = buses.get(zoneId);
      if (!bus) {
        bus = createBus(zoneId);
        buses.set(zoneId, bus);
        onOpened();
      }
      return bus;
    },
    peek: (zoneId) => buses.get(zoneId),
    get zones() {
      return buses.keys();
    },
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

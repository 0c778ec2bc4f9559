import type { ZoneId } from '@loa/shared/ids';
import type { PathPart } from '@loa/shared/protocol/second-path';
import { type Bus, createBus } from './bus.ts';

/** The buses of this node by zone. A zone gets its bus when the first receiver under it joins; before that nobody could hear it. */
export interface BusMap {
  /** The bus of a zone, made now if need be, for who gets this part of it. */
  open(zoneId: ZoneId, part: PathPart): Bus;
  /** The bus of a zone if anybody can hear it. */
  peek(zoneId: ZoneId): Bus | undefined;
  /** Zones whose bus is open for everything, and those of which only emergencies are listened to. */
  readonly zones: Iterable<ZoneId>;
  readonly emergencyZones: Iterable<ZoneId>;
  readonly size: number;
  readonly sentPackets: number;
  close(): void;
}

/**
 * @param onOpened a zone is listened to, or more of it than before.
 * @param servesSecondPaths whether this node may send over second paths now (ND22).
 */
export function createBusMap(onOpened: () => void = () => undefined, servesSecondPaths?: () => boolean): BusMap {
  const buses = new Map<ZoneId, Bus>();
  const whole = new Set<ZoneId>();
  return {
    open(zoneId, part) {
      const known = buses.get(zoneId);
      const bus = known ?? createBus(zoneId, servesSecondPaths);
      buses.set(zoneId, bus);
      const isMore = !known || (part === 'everything' && !whole.has(zoneId));
      if (part === 'everything') whole.add(zoneId);
      if (isMore) onOpened();
      return bus;
    },
    peek: (zoneId) => buses.get(zoneId),
    get zones() {
      return whole;
    },
    get emergencyZones() {
      return [...buses.keys()].filter((zone) => !whole.has(zone));
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
      whole.clear();
    },
  };
}

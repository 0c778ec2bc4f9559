import type { ZoneId } from '@loa/shared/ids';
import type { PathPart } from '@loa/shared/protocol/second-path';
import { type Bus, createBus } from './bus.ts';

/** The buses of this node by zone. A zone gets its bus when the first receiver under it joins; before that nobody could hear it. */
export interface BusMap {
  /** The bus of a zone, made now if need be, for who gets this part of it. */
  open(zoneId: ZoneId, part: PathPart): Bus;
  /** The bus of a zone if anybody can hear it. */
  peek(zoneId: ZoneId): Bus | undefined;
  /** ND70: zones that somebody listens to, or has until a moment ago, and those of which only emergencies are listened to. */
  readonly zones: Iterable<ZoneId>;
  readonly emergencyZones: Iterable<ZoneId>;
  /** Buses that somebody listens to. */
  readonly size: number;
  readonly sentPackets: number;
  close(): void;
}

/**
 * ND70: so long after its last listener a zone still counts as listened to, ms. Who comes back after a short failure of the network
 * finds the programme there; and who has just asked for a bus does not consume it yet.
 */
const GRACE_MS = 10_000;

interface Entry {
  readonly bus: Bus;
  /** When somebody last listened to this part of it, or asked for it, ms of the monotonic clock. */
  readonly listenedAtMs: Record<PathPart, number>;
}

/**
 * @param onOpened a zone is listened to, or more of it than before.
 * @param servesSecondPaths whether this node may send over second paths now (ND22).
 * @param now a monotonic clock, ms.
 */
export function createBusMap(
  onOpened: () => void = () => undefined,
  servesSecondPaths?: () => boolean,
  now: () => number = () => performance.now(),
): BusMap {
  const buses = new Map<ZoneId, Entry>();

  const isListenedTo = ({ bus, listenedAtMs }: Entry, part: PathPart): boolean => {
    if (bus.listeners(part) > 0) listenedAtMs[part] = now();
    return now() - listenedAtMs[part] < GRACE_MS;
  };
  const zonesWhere = (is: (entry: Entry) => boolean): ZoneId[] =>
    [...buses].flatMap(([zone, entry]) => (is(entry) ? [zone] : []));

  return {
    open(zoneId, part) {
      const never = Number.NEGATIVE_INFINITY;
      const entry = buses.get(zoneId) ?? {
        bus: createBus(zoneId, servesSecondPaths),
        listenedAtMs: { everything: never, emergencies: never },
      };
      buses.set(zoneId, entry);
      const isMore = !isListenedTo(entry, 'everything') && (part === 'everything' || !isListenedTo(entry, part));
      entry.listenedAtMs[part] = now();
      if (isMore) onOpened();
      return entry.bus;
    },
    peek: (zoneId) => buses.get(zoneId)?.bus,
    get zones() {
      return zonesWhere((entry) => isListenedTo(entry, 'everything'));
    },
    get emergencyZones() {
      return zonesWhere((entry) => !isListenedTo(entry, 'everything') && isListenedTo(entry, 'emergencies'));
    },
    get size() {
      return zonesWhere(({ bus }) => bus.listeners('everything') + bus.listeners('emergencies') > 0).length;
    },
    get sentPackets() {
      let sum = 0;
      for (const { bus } of buses.values()) sum += bus.sentPackets;
      return sum;
    },
    close() {
      for (const { bus } of buses.values()) bus.close();
      buses.clear();
    },
  };
}

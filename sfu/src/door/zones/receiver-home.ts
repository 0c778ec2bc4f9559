import type { ReceiverHome } from '../repositories/receiver-repository.ts';
import type { ZoneBook } from './zone-book.ts';

/**
 * Where a receiver stands that names `asked`: what it says counts when it says something new, so that staff can move it
 * whatever its configuration says. A code never moves it up: after a merger it may name the unit above the one where it
 * has always stood. Throws `not-found` when it names no zone.
 */
export function homeFor(asked: string, known: ReceiverHome | undefined, book: ZoneBook): ReceiverHome {
  if (known && (known.askedZone === null || known.askedZone === asked)) return { ...known, askedZone: asked };
  const zone = book.resolve(asked);
  const before = known && book.placeOf(known.zoneId);
  const stays = before !== undefined && zone !== asked && book.current.tree.covers(zone, before);
  return { zoneId: stays ? before : zone, askedZone: asked };
}

import { loggedEventSchema } from '@loa/shared/broadcasts/events';
import { hashEvent } from '../../src/pump/log/event-hash.ts';
import type { LogHead } from '../../src/pump/log/event-log.ts';
import type { RedisServer } from './redis-server.ts';

/** What the log has since it was read before. */
export interface LogPiece {
  /** Where it begins. */
  readonly after: LogHead;
  readonly entries: readonly LogHead[];
  /** Those of `acknowledged` that it does not have. To stop what was never there is acknowledged too, and is no event. */
  lostOf(acknowledged: readonly string[]): string[];
}

const VERBS: Readonly<Record<string, string>> = { 'broadcast-started': 'start', 'broadcast-ended': 'stop' };

export interface PieceReader {
  next(server: Pick<RedisServer, 'send'>): Promise<LogPiece>;
  /** Of whatever a server has after the last piece, unchecked. */
  hashesOn(server: Pick<RedisServer, 'send'>): Promise<string[]>;
}

type Entries = Array<[string, string[]]>;

/**
 * Reads the log as it lies on a server piece by piece: each goes on where the one before it ended, by version and hash, so that no
 * event has to be read twice. Throws when a version is missing or there twice, or an event is not on its predecessor.
 */
export function createPieceReader(): PieceReader {
  let end: LogHead = { version: 0, hash: '' };
  /** Begun in a piece and not ended in it. */
  let open = new Set<string>();

  const rest = async (server: Pick<RedisServer, 'send'>) =>
    (await server.send('XRANGE', 'loa:log', `${end.version + 1}-0`, '+')) as Entries;

  return {
    async hashesOn(server) {
      return (await rest(server)).map(([, fields]) => fields[3] ?? '');
    },
    async next(server) {
      const after = end;
      const begun = new Set(open);
      const known = new Set<string>();
      const found = await rest(server);
      const entries = found.map(([, fields]) => {
        const { version, at, event, prevHash, hash } = loggedEventSchema.parse(JSON.parse(fields[1] ?? ''));
        const follows = version === end.version + 1 && prevHash === end.hash;
        // An expectation for each of many thousands is slow.
        if (!follows || hash !== hashEvent(prevHash, version, at, event))
          throw new Error(`event ${version} is not what comes after ${end.version}`);
        end = { version, hash };
        known.add(`${VERBS[event.type] ?? event.type} ${event.broadcastId}`);
        if (event.type === 'broadcast-started') begun.add(event.broadcastId);
        return end;
      });
      open = new Set([...begun].filter((id) => !known.has(`stop ${id}`)));
      return {
        after,
        entries,
        lostOf: (acknowledged) =>
          acknowledged.filter((what) => {
            if (known.has(what)) return false;
            return what.startsWith('start ') || begun.has(what.replace('stop ', ''));
          }),
      };
    },
  };
}

/** How many versions a node folded twice, or otherwise than the log has them; what it did not fold of them counts as well. */
export function differencesOf(folded: readonly LogHead[], { after, entries }: LogPiece): number {
  const seen = new Map<number, string>();
  let twice = 0;
  for (const { version, hash } of folded) {
    if (seen.has(version)) twice += 1;
    seen.set(version, hash);
  }
  const others = entries.filter(({ version, hash }) => seen.get(version) !== hash).length;
  const last = entries.at(-1)?.version ?? after.version;
  const beyond = [...seen.keys()].filter((version) => version <= after.version || version > last).length;
  return twice + others + beyond;
}

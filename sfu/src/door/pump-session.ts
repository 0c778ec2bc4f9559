import type { Logger } from 'pino';
import type { LoggedEvent } from '@loa/shared/broadcasts/events';
import type { ZoneId } from '@loa/shared/ids';
import { createLinkClient, type LinkClient } from '../link/link-client.ts';
import type { Notice } from '../link/messages.ts';
import type { LivePicture } from './live/live-picture.ts';
import type { LogRepository } from './repositories/log-repository.ts';
import { type StoredTree, zonePathText } from './repositories/zone-repository.ts';

const CLOCK_EVERY_MS = 5_000;
/** A database that is away is asked again this often; meanwhile the pump keeps the events. */
const STORE_RETRY_MS = 2_000;

/** The door's side of the link: greets the pump, folds what it tells and stores it. */
export interface PumpSession {
  readonly link: LinkClient;
  /** The pump's clock, ms with fractions: all stamps are on it. */
  serverNow(): number;
  /** Events that are not in the database yet. */
  readonly unstoredEvents: number;
  close(): Promise<void>;
}

export interface PumpSessionOptions {
  readonly linkPath: string;
  readonly stored: StoredTree;
  readonly picture: LivePicture;
  readonly repository: LogRepository;
  readonly log: Logger;
  onPathClosed(pathId: string): void;
  onSourceClosed(sourceId: string): void;
}

const localNow = () => performance.timeOrigin + performance.now();

export function createPumpSession(options: PumpSessionOptions): PumpSession {
  const { picture, repository, log, stored } = options;
  let offsetMs = 0;
  let syncing = true;
  let held: LoggedEvent[] = [];
  const unstored: LoggedEvent[] = [];
  let storing: Promise<void> | null = null;
  let closed = false;

  const pathsOf = (zones: readonly string[]) =>
    zones.map((zone) => zonePathText(picture.tree, zone as ZoneId)).join('\n');

  const store = async () => {
    while (unstored.length > 0 && !closed) {
      const batch = unstored.slice(0, 100);
      try {
        await repository.store(batch, pathsOf);
        unstored.splice(0, batch.length);
        const version = batch.at(-1)?.version;
        if (version !== undefined) await link.ask('events:stored', { version }).catch(() => undefined);
      } catch (error) {
        log.error({ err: error, unstored: unstored.length }, 'the database does not take the log; trying again');
        await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
      }
    }
    storing = null;
  };

  const take = (events: readonly LoggedEvent[]) => {
    picture.fold(events);
    const last = unstored.at(-1)?.version ?? 0;
    unstored.push(...events.filter(({ version }) => version > last));
    // With nothing to store `store` would be over before its promise is kept here, and nothing would ever be stored.
    if (unstored.length > 0) storing ??= store();
  };

  const readClock = async (from: LinkClient) => {
    let best = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 3; n++) {
      const sent = localNow();
      const { serverTimeMs } = await from.ask('clock', null);
      const roundTrip = localNow() - sent;
      if (roundTrip >= best) continue;
      best = roundTrip;
      offsetMs = serverTimeMs - (sent + roundTrip / 2);
    }
  };

  const onNotice = (notice: Notice) => {
    if (notice.type === 'events') {
      if (syncing) held.push(...notice.events);
      else take(notice.events);
    }
    if (notice.type === 'source') picture.setSource(notice.source);
    if (notice.type === 'source-closed') {
      picture.removeSource(notice.sourceId);
      options.onSourceClosed(notice.sourceId);
    }
    if (notice.type === 'path-closed') options.onPathClosed(notice.pathId);
  };

  const greet = async (pump: LinkClient) => {
    syncing = true;
    held = [];
    await storing;
    const end = await repository.readEnd();
    const { zones, treeVersion } = stored;
    const resume = { version: end.version, hash: end.hash, nextTag: end.nextTag };
    picture.reset(end.oldestOpen - 1);
    picture.fold(await repository.readAfter(end.oldestOpen - 1));
    const { run } = await pump.ask('hello', { resume, unfinished: end.unfinished, zones, treeVersion });
    await readClock(pump);
    const { events } = await pump.ask('events:since', { version: end.version });
    take([...events, ...held]);
    syncing = false;
    for (const source of (await pump.ask('sources:list', null)).sources) picture.setSource(source);
    log.info({ run, version: picture.state.version }, 'pump connected');
  };

  const link = createLinkClient(
    options.linkPath,
    { onConnected: greet, onNotice, onDisconnected: () => log.error('the pump went away') },
    log,
  );
  const clockTimer = setInterval(() => {
    if (link.connected)
      readClock(link).catch((error: unknown) => log.warn({ err: error }, 'reading the pump clock failed'));
  }, CLOCK_EVERY_MS);

  return {
    link,
    serverNow: () => localNow() + offsetMs,
    get unstoredEvents() {
      return unstored.length;
    },
    async close() {
      clearInterval(clockTimer);
      await storing;
      closed = true;
      link.close();
    },
  };
}

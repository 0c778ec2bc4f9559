import { audienceOf } from '@loa/shared/broadcasts/audience';
import type { Actor, Command, StartSpec } from '@loa/shared/broadcasts/commands';
import { LEVEL, type Level } from '@loa/shared/broadcasts/rank';
import type { BroadcastId, SourceId, ZoneId } from '@loa/shared/ids';
import type { DoorRefusalCode, ErrorCode } from '@loa/shared/protocol/errors';
import type { BroadcastView, PreviewView, startRequestSchema } from '@loa/shared/protocol/live';
import type { z } from 'zod';
import type { LivePicture } from '../live/live-picture.ts';
import { ProblemError, toProblemError } from '../problem-error.ts';
import { type PumpSession, requireGreeted } from '../pump-session.ts';
import type { BroadcastRepository } from '../repositories/broadcast-repository.ts';
import type { SegmentLibrary } from '../uploads/segment-library.ts';
import { fromDatabase } from '../within.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import type { RefusalRecorder, RefusedCommand } from './refusal-recorder.ts';

type StartRequest = z.output<typeof startRequestSchema>;

/** What people and machines may do with broadcasts; both doors (socket and HTTP) come through here. */
export interface BroadcastService {
  preview(request: StartRequest, by: Actor): Promise<PreviewView>;
  start(request: StartRequest, by: Actor): Promise<BroadcastView>;
  attach(broadcastId: BroadcastId, sourceId: SourceId, by: Actor): Promise<BroadcastView>;
  /** A broadcast as it is now, or as it was at its end. */
  show(id: BroadcastId): Promise<BroadcastView>;
  /** Stop, pause, unpause, extend. */
  command(command: Extract<Command, { broadcastId: BroadcastId }>, by: Actor): Promise<void>;
}

export interface BroadcastServiceOptions {
  readonly session: PumpSession;
  readonly picture: LivePicture;
  readonly book: ZoneBook;
  readonly library: SegmentLibrary;
  readonly refusals: RefusalRecorder;
  readonly endedBroadcasts: BroadcastRepository;
}

export function createBroadcastService(options: BroadcastServiceOptions): BroadcastService {
  const { session, picture, book, library, refusals, endedBroadcasts } = options;

  /** A page or a program may not have heard of a merger yet: nothing, least of all an emergency, is refused because of that. */
  const presentZones = (zones: ZoneId[], level: Level): ZoneId[] => {
    const { tree } = book.current;
    if (zones.every((zone) => tree.has(zone))) return zones;
    // BR28: as for an emergency that is on air when wards merge.
    const stands = level === LEVEL.emergency ? book.reachOf : book.heirsOf;
    const unknown = zones.filter((zone) => stands(zone).length === 0);
    return [...tree.smallestCoveringSet(zones.flatMap((zone) => stands(zone))), ...unknown];
  };

  /** The length of a segment is ours to say, not the caller's; no database is asked, so an emergency never waits for one. */
  const toSpec = (request: StartRequest, by: Actor): StartSpec => {
    const zones = presentZones(request.zones, request.level);
    if (request.source.kind === 'live') return { ...request, zones, by };
    const segment = library.find(request.source.segmentId);
    if (!segment) throw unplayable('not-found', 'source.segmentId: no such segment', 'unknown-segment');
    if (segment.status !== 'ready' || segment.durationMs === null)
      throw unplayable('conflict', 'source.segmentId: this segment is not ready to be played', 'segment-not-ready');
    return { ...request, zones, by, source: { ...request.source, durationMs: segment.durationMs } };
  };

  /** What fails here is told to who asked, and stands in the log like a refusal of the decision core. */
  const recorded = async <T>(command: RefusedCommand, by: Actor, work: () => Promise<T> | T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const known = toProblemError(error);
      const { code = known?.code } = (known?.details ?? {}) as { code?: string };
      if (code !== undefined) refusals.record(command, by, { code, detail: known?.message });
      throw error;
    }
  };

  const run = async (command: Command, by: Actor): Promise<void> => {
    const answer = await recorded(command, by, () => session.link.ask('command', { command }));
    if (answer.accepted) return session.inStep();
    const { refusal } = answer;
    refusals.record(command, by, refusal);
    throw new ProblemError('refused', `refused: ${refusal.code}`, { details: refusal });
  };

  const show = async (id: BroadcastId): Promise<BroadcastView> => {
    const { greeted } = session;
    const view = picture.broadcastById(id) ?? (await fromDatabase(endedBroadcasts.findEnded(id)));
    if (!view) requireGreeted({ greeted });
    if (!view) throw new ProblemError('not-found', 'broadcastId: no such broadcast', { field: 'broadcastId' });
    return view;
  };

  return {
    async preview(request, by) {
      const answer = await session.link.ask('preview', { spec: toSpec(request, by) });
      const titled = (broadcastId: BroadcastId) => ({
        broadcastId,
        title: picture.broadcastById(broadcastId)?.title ?? '',
      });
      const withTitle = ({ broadcastId, zones }: { broadcastId: BroadcastId; zones: PreviewView['hears'] }) => ({
        ...titled(broadcastId),
        zones,
      });
      return {
        ...answer,
        ends: answer.ends.map(titled),
        interrupts: answer.interrupts.map(withTitle),
        ducks: answer.ducks.map(withTitle),
        resumesAfter: answer.resumesAfter.map(titled),
        receivers: audienceOf(picture.receivers, picture.tree, answer.hears, request.level),
      };
    },
    async start(request, by) {
      // BR21: it has begun already. What it plays may have been removed since.
      const begun = picture.state.usedKeys.get(request.key);
      if (begun !== undefined) return show(begun);
      const spec = await recorded({ type: 'start', spec: request }, by, () => toSpec(request, by));
      await run({ type: 'start', spec }, by);
      return show(picture.state.usedKeys.get(request.key) ?? request.id);
    },
    async attach(broadcastId, sourceId, by) {
      await run({ type: 'source-found', broadcastId, sourceId, by }, by);
      return show(broadcastId);
    },
    show,
    command: run,
  };
}

function unplayable(problem: ErrorCode, message: string, code: DoorRefusalCode): ProblemError {
  return new ProblemError(problem, message, { field: 'source.segmentId', details: { code } });
}

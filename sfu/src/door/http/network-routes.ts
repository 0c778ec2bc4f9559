import { z } from 'zod';
import { broadcastIdSchema, MAX_INSTANT_MS, zoneIdSchema } from '@loa/shared/broadcasts/commands';
import type { ZoneId } from '@loa/shared/ids';
import { type DelaysAnswer, delaysAnswerSchema, playoutDelaySchema } from '@loa/shared/protocol/playout-delay';
import { receiverViewSchema, receiverIdSchema, playoutRecordSchema } from '@loa/shared/protocol/receivers';
import { receiverVolumeRequestSchema, sourceViewSchema } from '@loa/shared/protocol/live';
import { zoneSchema } from '@loa/shared/zones/zone';
import type { LivePicture } from '../live/live-picture.ts';
import type { ReceiverHub } from '../live/receiver-hub.ts';
import { type PumpSession, requireGreeted } from '../pump-session.ts';
import type { LogRepository } from '../repositories/log-repository.ts';
import type { PlayoutRepository } from '../repositories/playout-repository.ts';
import { ProblemError } from '../problem-error.ts';
import { fromDatabase } from '../within.ts';
import type { ZoneBook } from '../zones/zone-book.ts';
import { type Route, route } from './route.ts';

const limit = (fallback: number, most: number) => z.coerce.number().int().min(1).max(most).default(fallback);

export interface NetworkRoutesOptions {
  readonly session: Pick<PumpSession, 'greeted'>;
  readonly book: ZoneBook;
  readonly picture: LivePicture;
  readonly hub: ReceiverHub;
  readonly playouts: PlayoutRepository;
  readonly repository: LogRepository;
  /** PO72: which playout delay holds where. */
  delays(): DelaysAnswer;
  /** Stores the playout delay of a zone; null takes it back. */
  setDelay(zone: ZoneId, playoutDelayMs: number | null): Promise<unknown>;
  /** Looks at what is stored of zones. */
  checkZones(): Promise<void>;
}

/** Zones, receivers, sources, records and the log. */
export function networkRoutes(options: NetworkRoutesOptions): Route[] {
  const { session, book, picture, hub, playouts, repository } = options;
  return [
    route({
      method: 'get',
      path: '/zones',
      summary: 'The zone tree of now',
      access: 'public',
      status: 200,
      answer: z.object({ zones: z.array(zoneSchema), treeVersion: z.string() }),
      handle: () => ({ zones: book.current.zones, treeVersion: book.current.treeVersion }),
    }),
    route({
      method: 'patch',
      path: '/zones/:zoneId',
      summary: 'Playout delay of the receivers in it, in ms; null: as the zones above, or the usual one',
      access: 'token',
      params: z.object({ zoneId: zoneIdSchema }),
      body: z.object({ playoutDelayMs: playoutDelaySchema.nullable() }),
      status: 200,
      answer: zoneSchema,
      async handle({ params: { zoneId }, body: { playoutDelayMs } }) {
        const known = () => {
          const zone = book.current.tree.zoneById(zoneId);
          if (!zone) throw new ProblemError('not-found', 'zoneId: no such zone', { field: 'zoneId' });
          return zone;
        };
        known();
        await fromDatabase(options.setDelay(zoneId, playoutDelayMs));
        // A look that was under way may have been at what was stored before.
        await options.checkZones();
        await options.checkZones();
        return known();
      },
    }),
    route({
      method: 'get',
      path: '/delays',
      summary: 'Which playout delay holds in which zone, and how it moves',
      access: 'public',
      status: 200,
      answer: delaysAnswerSchema,
      handle: () => options.delays(),
    }),
    route({
      method: 'get',
      path: '/receivers',
      summary: 'All receivers and their last reports',
      access: 'public',
      status: 200,
      answer: z.object({ receivers: z.array(receiverViewSchema) }),
      handle: () => ({ receivers: [...picture.receivers] }),
    }),
    route({
      method: 'patch',
      path: '/receivers/:receiverId',
      summary: 'Volume, emergency volume, mute, zone',
      access: 'token',
      params: z.object({ receiverId: receiverIdSchema }),
      body: receiverVolumeRequestSchema.omit({ receiverId: true }),
      status: 200,
      answer: receiverViewSchema,
      handle: ({ params, body }) => hub.set({ ...body, receiverId: params.receiverId }),
    }),
    route({
      method: 'delete',
      path: '/receivers/:receiverId',
      summary: 'Take a receiver that is not online out of the list; its records stay',
      access: 'token',
      params: z.object({ receiverId: receiverIdSchema }),
      status: 204,
      async handle({ params }) {
        await hub.remove(params.receiverId);
        return null;
      },
    }),
    route({
      method: 'get',
      path: '/sources',
      summary: 'WHIP sessions',
      access: 'public',
      status: 200,
      answer: z.object({ sources: z.array(sourceViewSchema) }),
      handle() {
        requireGreeted(session);
        return { sources: picture.sources };
      },
    }),
    route({
      method: 'get',
      path: '/playout-records',
      summary: 'What receivers rendered, newest first',
      access: 'public',
      query: z.object({
        broadcastId: broadcastIdSchema.optional(),
        receiverId: receiverIdSchema.optional(),
        limit: limit(200, 2_000),
      }),
      status: 200,
      answer: z.object({
        records: z.array(playoutRecordSchema.extend({ broadcastId: z.string().nullable(), zonePathText: z.string() })),
      }),
      async handle({ query: { broadcastId, receiverId, limit: most } }) {
        const filter = { ...(broadcastId ? { broadcastId } : {}), ...(receiverId ? { receiverId } : {}), limit: most };
        return { records: await fromDatabase(playouts.read(filter)) };
      },
    }),
    route({
      method: 'get',
      path: '/log',
      summary: 'Events and refusals, newest first',
      access: 'public',
      query: z.object({
        before: z.coerce.number().int().positive().max(MAX_INSTANT_MS).default(MAX_INSTANT_MS),
        limit: limit(100, 500),
        broadcastId: broadcastIdSchema.optional(),
      }),
      status: 200,
      answer: z.object({
        entries: z.array(
          z.object({
            id: z.string(),
            at: z.number(),
            kind: z.enum(['event', 'refusal']),
            type: z.string(),
            broadcastId: z.string().nullable(),
            title: z.string().nullable(),
            zonePaths: z.record(z.string(), z.string()),
            data: z.unknown(),
            counted: z
              .object({ count: z.number().int().positive(), firstAt: z.number() })
              .nullable()
              .describe(
                'Refusals of one kind beyond those of its minute that are stored by themselves; `at` is the last',
              ),
          }),
        ),
        next: z.number().nullable(),
      }),
      handle: ({ query }) => fromDatabase(repository.readPage(query.before, query.limit, query.broadcastId)),
    }),
  ];
}

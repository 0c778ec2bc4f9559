import { z } from 'zod';
import { broadcastIdSchema } from '@loa/shared/broadcasts/commands';
import { broadcastViewSchema, previewSchema, startRequestSchema } from '@loa/shared/protocol/live';
import type { BroadcastService } from '../broadcasts/broadcast-service.ts';
import type { LivePicture } from '../live/live-picture.ts';
import { type PumpSession, requireGreeted } from '../pump-session.ts';
import type { BroadcastRepository } from '../repositories/broadcast-repository.ts';
import { fromDatabase } from '../within.ts';
import { type Route, route } from './route.ts';

const MACHINE = { id: 'api', name: 'API' };
const ref = z.object({ broadcastId: broadcastIdSchema });
const lifeSchema = z.object({
  lifeMs: z
    .number()
    .int()
    .min(1_000)
    .max(24 * 3_600_000),
});

export function broadcastRoutes(
  session: Pick<PumpSession, 'greeted'>,
  picture: LivePicture,
  broadcasts: BroadcastService,
  ended: BroadcastRepository,
): Route[] {
  const act = (type: 'stop' | 'pause' | 'unpause', summary: string): Route =>
    route({
      method: 'post',
      path: `/broadcasts/:broadcastId/${type}`,
      summary,
      access: 'token',
      params: ref,
      status: 200,
      answer: broadcastViewSchema,
      async handle({ params }) {
        await broadcasts.command({ type, broadcastId: params.broadcastId, by: MACHINE }, MACHINE);
        return broadcasts.show(params.broadcastId);
      },
    });

  return [
    route({
      method: 'get',
      path: '/broadcasts',
      summary: 'Broadcasts that are live now, or the latest that ended',
      access: 'public',
      query: z.object({
        state: z.enum(['live', 'ended']).default('live'),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      status: 200,
      answer: z.object({ broadcasts: z.array(broadcastViewSchema) }),
      async handle({ query }) {
        if (query.state === 'live') requireGreeted(session);
        const broadcasts =
          query.state === 'live' ? picture.snapshot().broadcasts : await fromDatabase(ended.readEnded(query.limit));
        return { broadcasts: broadcasts.slice(0, query.limit) };
      },
    }),
    route({
      method: 'get',
      path: '/broadcasts/:broadcastId',
      summary: 'One broadcast',
      access: 'public',
      params: ref,
      status: 200,
      answer: broadcastViewSchema,
      handle: ({ params }) => broadcasts.show(params.broadcastId),
    }),
    route({
      method: 'post',
      path: '/broadcasts',
      summary: 'Start a broadcast; the same key again changes nothing',
      access: 'token',
      body: startRequestSchema,
      status: 201,
      answer: broadcastViewSchema,
      handle: ({ body }) => broadcasts.start(body, MACHINE),
    }),
    route({
      method: 'post',
      path: '/broadcasts/preview',
      summary: 'What a start would do: who hears it, who is interrupted, who is silent and why',
      access: 'token',
      body: startRequestSchema,
      status: 200,
      answer: previewSchema,
      handle: ({ body }) => broadcasts.preview(body, MACHINE),
    }),
    act('stop', 'End a broadcast'),
    act('pause', 'Let a stored programme stand still; it keeps its zones'),
    act('unpause', 'Let it go on from where it stands'),
    route({
      method: 'post',
      path: '/broadcasts/:broadcastId/extend',
      summary: 'Give a broadcast this much life from now on, in ms',
      access: 'token',
      params: ref,
      body: lifeSchema,
      status: 200,
      answer: broadcastViewSchema,
      async handle({ params, body }) {
        await broadcasts.command(
          { type: 'extend', broadcastId: params.broadcastId, lifeMs: body.lifeMs, by: MACHINE },
          MACHINE,
        );
        return broadcasts.show(params.broadcastId);
      },
    }),
  ];
}

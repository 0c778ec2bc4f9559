import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { segmentIdSchema } from '@loa/shared/broadcasts/commands';
import { segmentViewSchema } from '@loa/shared/protocol/live';
import type { LivePicture } from '../live/live-picture.ts';
import { ProblemError } from '../problem-error.ts';
import { type PumpSession, requireGreeted } from '../pump-session.ts';
import { audioName } from '../uploads/segment-files.ts';
import { createDiskRoom, freeBytesOf } from '../uploads/disk-room.ts';
import { receiveUpload } from '../uploads/receive-upload.ts';
import type { SegmentLibrary } from '../uploads/segment-library.ts';
import { type Route, route } from './route.ts';

const ref = z.object({ segmentId: segmentIdSchema });

export function segmentRoutes(
  session: Pick<PumpSession, 'greeted'>,
  library: SegmentLibrary,
  picture: LivePicture,
  folders: { readonly segmentsDir: string; readonly uploadsDir: string },
): Route[] {
  const room = createDiskRoom(() => freeBytesOf(folders.uploadsDir));
  const found = (id: z.output<typeof segmentIdSchema>) => {
    const view = library.find(id);
    if (!view) throw new ProblemError('not-found', 'segmentId: no such segment', { field: 'segmentId' });
    return view;
  };
  return [
    route({
      method: 'get',
      path: '/segments',
      summary: 'Stored audio, newest first',
      access: 'public',
      status: 200,
      answer: z.object({ segments: z.array(segmentViewSchema) }),
      handle: () => ({ segments: library.list() }),
    }),
    route({
      method: 'post',
      path: '/segments',
      summary: 'Upload WAV, MP3, M4A, OGG or FLAC; it is transcoded once, at -16 LUFS',
      access: 'token',
      upload: true,
      status: 202,
      answer: segmentViewSchema,
      async handle({ request }) {
        const release = library.reserve();
        try {
          const { segment, path } = await receiveUpload(request, { uploadsDir: folders.uploadsDir, room });
          return await library.add(segment, path).catch(async (error: unknown) => {
            await rm(path, { force: true });
            throw error;
          });
        } finally {
          release();
        }
      },
    }),
    route({
      method: 'get',
      path: '/segments/:segmentId',
      summary: 'One segment, with the progress of its processing',
      access: 'public',
      params: ref,
      status: 200,
      answer: segmentViewSchema,
      handle: ({ params }) => found(params.segmentId),
    }),
    route({
      method: 'get',
      path: '/segments/:segmentId/audio',
      summary: 'Its sound, Ogg/Opus, with ranges',
      access: 'public',
      params: ref,
      status: 200,
      answerType: 'audio/ogg',
      handle({ params, response }) {
        if (found(params.segmentId).status !== 'ready')
          throw new ProblemError('conflict', 'segmentId: this segment is not ready', { field: 'segmentId' });
        // Relative to its folder: a data folder inside one that begins with a dot must not count as hidden.
        response.type('audio/ogg').sendFile(audioName(params.segmentId), { root: folders.segmentsDir });
      },
    }),
    route({
      method: 'delete',
      path: '/segments/:segmentId',
      summary: 'Remove a segment that is not on air',
      access: 'token',
      params: ref,
      status: 204,
      async handle({ params }) {
        found(params.segmentId);
        requireGreeted(session);
        const used = [...picture.state.broadcasts.values()].some(
          ({ spec }) => spec.source.kind === 'segment' && spec.source.segmentId === params.segmentId,
        );
        if (used)
          throw new ProblemError('conflict', 'segmentId: this segment is on air; stop the broadcast first', {
            field: 'segmentId',
          });
        await library.remove(params.segmentId);
        return null;
      },
    }),
  ];
}

import type { types } from 'mediasoup';
import type { Answer, Asked, IceAnswer } from '../../link/messages.ts';
import type { Bus } from '../buses/bus.ts';
import { type MediaWorker, toIceAnswer } from '../workers/media-worker.ts';
import { watchTransport } from '../workers/transport-watch.ts';

/** A receiver that lost its path opens a new one long before; what it left behind is not kept. */
const ABSENCE_LIMITS = { joinMs: 20_000, absentMs: 10_000 };

/** One WHEP session: a transport with one pre-opened consumer for each stream. */
export interface ListeningPath {
  readonly pathId: string;
  readonly answer: Answer<'whep:open'>;
  restart(): Promise<IceAnswer>;
  close(): void;
}

/** Opens a path. `busOf` names the bus behind each stream; `onClosed` is called once, however it ends. */
export async function openListeningPath(
  ask: Asked<'whep:open'>,
  worker: MediaWorker,
  busOf: (stream: Asked<'whep:open'>['streams'][number]['of']) => Bus,
  onClosed: (pathId: string) => void,
): Promise<ListeningPath> {
  const { media, transport, answer } = await worker.openTransport(ask.payloadType, ask.dtls);
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    watch.stop();
    transport.close();
    onClosed(ask.pathId);
  };
  const watch = watchTransport(transport, ABSENCE_LIMITS, close);
  transport.observer.once('close', close);

  // Header extensions are left out: a consumer would use the router's numbers, not the client's.
  const rtpCapabilities: types.RtpCapabilities = {
    codecs: media.router.rtpCapabilities.codecs ?? [],
    headerExtensions: [],
  };
  const streams: Answer<'whep:open'>['streams'] = [];
  try {
    for (const { mid, of } of ask.streams) {
      const consumer = await busOf(of).consume(
        media,
        (producerId) =>
          // Left to itself the media worker answers nobody who asks again for a packet of sound (PO23).
          transport.consume({ producerId, mid, rtpCapabilities, enableRtx: true }),
        of.kind === 'emergencies' ? 'emergencies' : 'everything',
      );
      const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc;
      if (ssrc === undefined) throw new Error('consumer without SSRC');
      streams.push({ mid, ssrc, cname: consumer.rtpParameters.rtcp?.cname ?? 'loa' });
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    pathId: ask.pathId,
    answer: { ...answer, streams },
    async restart() {
      return toIceAnswer(await transport.restartIce(), transport.iceCandidates);
    },
    close,
  };
}

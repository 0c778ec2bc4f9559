import type { types } from 'mediasoup';
import type { Answer, Asked, IceAnswer } from '../../link/messages.ts';
import type { Bus } from '../buses/bus.ts';
import { type MediaWorker, type MediaRouter, toIceAnswer } from '../workers/media-worker.ts';

/** A client that has not come through ICE and DTLS by then is given up. */
const JOIN_TIMEOUT_MS = 20_000;

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
  busOf: (stream: Asked<'whep:open'>['streams'][number]['of'], router: MediaRouter) => Bus,
  onClosed: (pathId: string) => void,
): Promise<ListeningPath> {
  const router = await worker.routerFor(ask.payloadType);
  const { transport, answer } = await worker.createTransport(router, ask.dtls);
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    clearTimeout(joining);
    transport.close();
    onClosed(ask.pathId);
  };
  const joining = setTimeout(close, JOIN_TIMEOUT_MS);
  transport.on('dtlsstatechange', (state) => {
    if (state === 'connected') clearTimeout(joining);
    if (state === 'failed' || state === 'closed') close();
  });

  // Header extensions are left out: a consumer would use the router's numbers, not the client's.
  const rtpCapabilities: types.RtpCapabilities = {
    codecs: router.router.rtpCapabilities.codecs ?? [],
    headerExtensions: [],
  };
  const streams: Answer<'whep:open'>['streams'] = [];
  try {
    for (const { mid, of } of ask.streams) {
      const producer = await busOf(of, router).producerOn(router);
      const consumer = await transport.consume({ producerId: producer.id, mid, rtpCapabilities });
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

import * as mediasoup from 'mediasoup';
import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { DtlsOffer, IceAnswer, TransportAnswer } from '../../link/messages.ts';
import { USUAL_PAYLOAD_TYPE } from '../rtp/payload-type.ts';
import { watchWorker } from './worker-watch.ts';
import { withWorkerWrites } from './worker-writes.ts';

/** A router hands packets on under its own payload type, whatever the client's: one router for each number that clients offer. */
export interface MediaRouter {
  readonly router: types.Router;
  /** All packets that the pump makes itself enter here. */
  readonly entrance: types.DirectTransport;
  readonly payloadType: number;
  /** So many packets more leave the worker of this router. */
  countSent(packets: number): void;
}

export interface MediaWorker {
  readonly pid: number;
  /** It is dead or closed; its transports say so before it reports its death. */
  readonly closed: boolean;
  /** Clients' transports that are open. */
  readonly transports: number;
  /** Clients' transports that were opened since it began. */
  readonly joins: number;
  /** Packets that it was given to send, once for each consumer; asked for again and RTCP not counted. */
  readonly packetsSent: number;
  /** Processor time that it has used, user and system, ms. */
  usedCpuMs(): Promise<number>;
  /** Packets for it that are made from now to the end of this turn of the event loop go in one piece. */
  gatherWrites(): void;
  /** The router for the usual payload type, which stays. */
  usualRouter(): Promise<MediaRouter>;
  /** A client's transport, on the router for its payload type; that of an unusual one goes with its last transport. */
  openTransport(payloadType: number, dtls: DtlsOffer): Promise<OpenedTransport>;
  close(): void;
}

export interface OpenedTransport {
  readonly media: MediaRouter;
  readonly transport: types.WebRtcTransport;
  readonly answer: TransportAnswer;
}

/** The router for one payload type, from the moment when it is wanted. */
interface Place {
  readonly media: Promise<MediaRouter>;
  readonly payloadType: number;
  /** Clients' transports that are open or being opened. */
  transports: number;
}

export interface MediaWorkerOptions {
  readonly host: string;
  readonly announcedAddress: string | undefined;
  readonly port: number;
  readonly workerBin: string | undefined;
  readonly log: Logger;
  onDied(error: Error): void;
}

/**
 * PO112: a client that stops asking for ICE consent is away after this (RFC 7675, 5.1). They ask every 4 to 6 s, and many ask only once each time: with 10 s, a single
 * question that was lost could end the sound.
 */
const ICE_CONSENT_TIMEOUT_S = 30;

export function toIceAnswer(ice: types.IceParameters, candidates: types.IceCandidate[]): IceAnswer {
  return {
    usernameFragment: ice.usernameFragment,
    password: ice.password,
    candidates: candidates.map(({ foundation, priority, address, protocol, port, type, tcpType }) => ({
      foundation,
      priority,
      address,
      protocol,
      port,
      type,
      ...(tcpType ? { tcpType } : {}),
    })),
  };
}

function opusCodec(payloadType: number): types.RouterRtpCodecCapability {
  return {
    kind: 'audio',
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    preferredPayloadType: payloadType,
    parameters: { useinbandfec: 1 },
    rtcpFeedback: [{ type: 'nack', parameter: '' }],
  };
}

/** mediasoup closes its workers itself at SIGTERM and SIGINT, before any drain: the pump decides that, so its listeners go. */
async function createWorkerWithoutSignals(settings: types.WorkerSettings): Promise<types.Worker> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  const worker = await mediasoup.createWorker(settings);
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.removeListener(signal, listener);
    }
  }
  return worker;
}

export async function createMediaWorker(options: MediaWorkerOptions): Promise<MediaWorker> {
  const { worker, writes } = await withWorkerWrites(() =>
    createWorkerWithoutSignals({
      logLevel: 'warn',
      ...(options.workerBin ? { workerBin: options.workerBin } : {}),
    }),
  );
  if (!writes.found) options.log.warn('the stream to the media worker was not found; each packet is written by itself');
  worker.on('died', (error) => {
    watch.stop();
    options.onDied(error);
  });
  const watch = watchWorker({ pid: worker.pid, ask: () => worker.getResourceUsage() }, () => {
    options.log.fatal({ pid: worker.pid }, 'the media worker hangs');
    // Whoever is killed reports its death itself.
    process.kill(worker.pid, 'SIGKILL');
  });
  const listen = {
    ip: options.host,
    ...(options.announcedAddress ? { announcedAddress: options.announcedAddress } : {}),
    ...(options.port ? { port: options.port } : {}),
  };
  const webRtcServer = await worker.createWebRtcServer({
    listenInfos: [
      { protocol: 'udp', ...listen },
      { protocol: 'tcp', ...listen },
    ],
  });
  const places = new Map<number, Place>();
  let transports = 0;
  let joins = 0;
  let packetsSent = 0;

  const createRouter = async (payloadType: number): Promise<MediaRouter> => {
    const router = await worker.createRouter({ mediaCodecs: [opusCodec(payloadType)] });
    const entrance = await router.createDirectTransport();
    return { router, entrance, payloadType, countSent: (packets) => (packetsSent += packets) };
  };
  const placeFor = (payloadType: number): Place => {
    const known = places.get(payloadType);
    if (known) return known;
    const place = { media: createRouter(payloadType), payloadType, transports: 0 };
    places.set(payloadType, place);
    place.media.catch(() => forget(place));
    return place;
  };
  const forget = (place: Place) => {
    if (places.get(place.payloadType) === place) places.delete(place.payloadType);
  };
  const leave = (place: Place) => {
    place.transports -= 1;
    if (place.transports > 0 || place.payloadType === USUAL_PAYLOAD_TYPE) return;
    forget(place);
    place.media.then(
      ({ router }) => router.close(),
      () => undefined,
    );
  };
  const createTransport = ({ router }: MediaRouter) =>
    router.createWebRtcTransport({
      webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      iceConsentTimeout: ICE_CONSENT_TIMEOUT_S,
    });

  return {
    pid: worker.pid,
    get closed() {
      return worker.closed;
    },
    get transports() {
      return transports;
    },
    get joins() {
      return joins;
    },
    get packetsSent() {
      return packetsSent;
    },
    async usedCpuMs() {
      const { ru_utime: user, ru_stime: system } = await worker.getResourceUsage();
      return user + system;
    },
    gatherWrites: writes.gather,
    usualRouter: () => placeFor(USUAL_PAYLOAD_TYPE).media,
    async openTransport(payloadType, dtls) {
      const place = placeFor(payloadType);
      place.transports += 1;
      let media: MediaRouter;
      let transport: types.WebRtcTransport;
      try {
        media = await place.media;
        transport = await createTransport(media);
      } catch (error) {
        leave(place);
        throw error;
      }
      transports += 1;
      joins += 1;
      transport.observer.once('close', () => {
        transports -= 1;
        leave(place);
      });
      const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
      try {
        if (!fingerprint) throw new Error('the worker has no sha-256 fingerprint');
        await transport.connect({ dtlsParameters: { role: dtls.role, fingerprints: dtls.fingerprints } });
      } catch (error) {
        transport.close();
        throw error;
      }
      const answer = { ice: toIceAnswer(transport.iceParameters, transport.iceCandidates), fingerprint };
      return { media, transport, answer };
    },
    close() {
      watch.stop();
      worker.close();
    },
  };
}

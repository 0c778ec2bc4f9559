import * as mediasoup from 'mediasoup';
import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { DtlsOffer, IceAnswer, TransportAnswer } from '../../link/messages.ts';
import { watchWorker } from './worker-watch.ts';
import { withWorkerWrites } from './worker-writes.ts';

/** Chrome, Safari and our receivers offer Opus with this number; others get a router of their own. */
export const USUAL_PAYLOAD_TYPE = 111;

/** A router hands packets on under its own payload type, whatever the client's: one router for each number that clients offer. */
export interface MediaRouter {
  readonly router: types.Router;
  /** All packets that the pump makes itself enter here. */
  readonly entrance: types.DirectTransport;
  readonly payloadType: number;
}

export interface MediaWorker {
  readonly pid: number;
  /** It is dead or closed; its transports say so before it reports its death. */
  readonly closed: boolean;
  /** Clients' transports that are open. */
  readonly transports: number;
  /** Packets for it that are made from now to the end of this turn of the event loop go in one piece. */
  gatherWrites(): void;
  routerFor(payloadType: number): Promise<MediaRouter>;
  createTransport(
    router: types.Router,
    dtls: DtlsOffer,
  ): Promise<{ transport: types.WebRtcTransport; answer: TransportAnswer }>;
  close(): void;
}

export interface MediaWorkerOptions {
  readonly host: string;
  readonly announcedAddress: string | undefined;
  readonly port: number;
  readonly workerBin: string | undefined;
  readonly log: Logger;
  onDied(error: Error): void;
}

/** A client that stops asking for ICE consent is away after this: mediasoup's least; its default is 30 s. */
const ICE_CONSENT_TIMEOUT_S = 10;

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
  const routers = new Map<number, Promise<MediaRouter>>();
  let transports = 0;

  const createRouter = async (payloadType: number): Promise<MediaRouter> => {
    const router = await worker.createRouter({ mediaCodecs: [opusCodec(payloadType)] });
    return { router, entrance: await router.createDirectTransport(), payloadType };
  };

  return {
    pid: worker.pid,
    get closed() {
      return worker.closed;
    },
    get transports() {
      return transports;
    },
    gatherWrites: writes.gather,
    routerFor(payloadType) {
      let router = routers.get(payloadType);
      if (!router) {
        router = createRouter(payloadType);
        routers.set(payloadType, router);
      }
      return router;
    },
    async createTransport(router, dtls) {
      const transport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        iceConsentTimeout: ICE_CONSENT_TIMEOUT_S,
      });
      transports += 1;
      transport.observer.once('close', () => (transports -= 1));
      const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
      try {
        if (!fingerprint) throw new Error('the worker has no sha-256 fingerprint');
        await transport.connect({ dtlsParameters: { role: dtls.role, fingerprints: dtls.fingerprints } });
      } catch (error) {
        transport.close();
        throw error;
      }
      return { transport, answer: { ice: toIceAnswer(transport.iceParameters, transport.iceCandidates), fingerprint } };
    },
    close() {
      watch.stop();
      worker.close();
    },
  };
}

import * as mediasoup from 'mediasoup';
import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { DtlsOffer, IceAnswer, TransportAnswer } from '../../link/messages.ts';

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
  routerFor(payloadType: number): Promise<MediaRouter>;
  createTransport(
    router: MediaRouter,
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

/** A client that stops answering ICE consent checks is gone after this; mediasoup's own default is 30 s. */
const ICE_CONSENT_TIMEOUT_S = 8;

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
  const worker = await createWorkerWithoutSignals({
    logLevel: 'warn',
    ...(options.workerBin ? { workerBin: options.workerBin } : {}),
  });
  worker.on('died', (error) => options.onDied(error));
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

  const createRouter = async (payloadType: number): Promise<MediaRouter> => {
    const router = await worker.createRouter({ mediaCodecs: [opusCodec(payloadType)] });
    return { router, entrance: await router.createDirectTransport(), payloadType };
  };

  return {
    pid: worker.pid,
    routerFor(payloadType) {
      let router = routers.get(payloadType);
      if (!router) {
        router = createRouter(payloadType);
        routers.set(payloadType, router);
      }
      return router;
    },
    async createTransport({ router }, dtls) {
      const transport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        iceConsentTimeout: ICE_CONSENT_TIMEOUT_S,
      });
      await transport.connect({ dtlsParameters: { role: dtls.role, fingerprints: dtls.fingerprints } });
      const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
      if (!fingerprint) throw new Error('the worker has no sha-256 fingerprint');
      return { transport, answer: { ice: toIceAnswer(transport.iceParameters, transport.iceCandidates), fingerprint } };
    },
    close: () => worker.close(),
  };
}

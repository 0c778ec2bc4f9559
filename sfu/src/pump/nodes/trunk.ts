import { randomUUID } from 'node:crypto';
import type { types } from 'mediasoup';
import { createLineTally, type LineCounts } from '@loa/shared/nodes/line-tally';
import { fromCsrc } from '@loa/shared/protocol/csrc';
import { type Bus, type BusFrame, createBus, opusParameters } from '../buses/bus.ts';
import { parseBusPacket } from '../rtp/packet.ts';
import { USUAL_PAYLOAD_TYPE } from '../rtp/payload-type.ts';
import type { MediaWorker } from '../workers/media-worker.ts';
import type { TrunkOffer } from './trunk-offer.ts';

/**
 * One end of the standing line between two nodes (ADR 0011). All programs that the peer has an audience for go over the one RTP
 * stream in each direction, told apart by their label: a broadcast costs no signalling, as with buses.
 */
export interface TrunkEnd {
  readonly offer: TrunkOffer;
  /** Takes in what the peer's end sends, and sends to it. Once. */
  connect(peer: TrunkOffer): Promise<void>;
  /** Sends a frame to the peer; before the connection it is lost. */
  send(frame: BusFrame): void;
  /** ND8: says to the peer that the line works, though there may be no program to send; `payload`: what else is said (ND31). */
  sendSign(payload: Buffer): void;
  /** When something came from the peer last, or the end was connected; monotonic ms. */
  readonly heardAtMs: number;
  /** ND61: packets that came over it and that did not. */
  readonly counts: LineCounts;
  /** ND61: to the peer and back, ms; null while the peer has not reported. */
  roundTripMs(): Promise<number | null>;
  close(): void;
}

/** UDP ports, both ends included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

export interface TrunkEndOptions {
  readonly worker: MediaWorker;
  /** The address of this node on the line between the nodes. */
  readonly listenAddress: string;
  readonly announcedAddress: string | undefined;
  /** Null: any free one. Where all are taken, opening fails. */
  readonly ports: PortRange | null;
  /** SRTP; without it only where nobody else can reach the line. */
  readonly encrypted: boolean;
  onFrame(frame: BusFrame): void;
  /** ND31 */
  onSign(payload: Buffer): void;
  /** Its worker died. */
  onClosed(): void;
}

/** Of no broadcast: labels with this tag belong to the line itself. */
const SIGN_TAG = 0;

export async function openTrunkEnd(options: TrunkEndOptions): Promise<TrunkEnd> {
  const { worker, listenAddress, announcedAddress, ports, encrypted } = options;
  const media = await worker.usualRouter();
  const transport = await media.router.createPipeTransport({
    listenInfo: {
      protocol: 'udp',
      ip: listenAddress,
      ...(announcedAddress ? { announcedAddress } : {}),
      ...(ports ? { portRange: { ...ports } } : {}),
    },
    enableSrtp: encrypted,
    // Losses on the line are asked for again before any receiver notices.
    enableRtx: true,
  });
  const outgoing: Bus = createBus('trunk');
  const exit = await media.router.createDirectTransport();
  let connectedTo: string | null = null;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let signs = 0;
  let closed = false;
  const tally = createLineTally();
  const close = () => {
    if (closed) return;
    closed = true;
    outgoing.close();
    exit.close();
    transport.close();
  };
  transport.observer.once('close', () => {
    if (closed) return;
    close();
    options.onClosed();
  });

  const outlet = await outgoing
    .consume(media, (producerId) => transport.consume({ producerId }))
    .catch((error: unknown) => {
      close();
      throw error;
    });
  const ssrc = outlet.rtpParameters.encodings?.[0]?.ssrc;
  if (ssrc === undefined) throw new Error('pipe consumer without SSRC');
  const endId = randomUUID();

  return {
    get offer() {
      return {
        endId,
        connectedTo,
        address: announcedAddress ?? listenAddress,
        port: transport.tuple.localPort,
        ssrc,
        srtp: toOfferedKeys(transport.srtpParameters),
      };
    },
    async connect(peer) {
      connectedTo = peer.endId;
      await transport.connect({
        ip: peer.address,
        port: peer.port,
        ...(peer.srtp ? { srtpParameters: peer.srtp } : {}),
      });
      const producer = await transport.produce({
        kind: 'audio',
        rtpParameters: opusParameters(USUAL_PAYLOAD_TYPE, peer.ssrc),
      });
      const consumer = await exit.consume({
        producerId: producer.id,
        rtpCapabilities: media.router.rtpCapabilities,
      });
      heardAtMs = performance.now();
      consumer.on('rtp', (data) => {
        const packet = parseBusPacket(data);
        if (!packet) return;
        heardAtMs = performance.now();
        const { sequenceNumber, ...frame } = packet;
        tally.note(sequenceNumber, heardAtMs);
        if (fromCsrc(frame.csrc).tag === SIGN_TAG) options.onSign(frame.payload);
        else options.onFrame(frame);
      });
    },
    send: (frame) => outgoing.send(frame),
    sendSign(payload) {
      signs += 1;
      const timestamp = (signs * 960) >>> 0;
      outgoing.send({ csrc: SIGN_TAG, timestamp, marker: false, payload });
    },
    get heardAtMs() {
      return heardAtMs;
    },
    get counts() {
      return tally.at(performance.now());
    },
    async roundTripMs() {
      const stats: ReadonlyArray<{ readonly type: string; readonly roundTripTime?: number }> = await outlet.getStats();
      return stats.find(({ type }) => type === 'outbound-rtp')?.roundTripTime ?? null;
    },
    close,
  };
}

function toOfferedKeys(srtp: types.SrtpParameters | undefined): TrunkOffer['srtp'] {
  if (!srtp) return null;
  if (srtp.cryptoSuite !== 'AEAD_AES_256_GCM') throw new Error(`unexpected SRTP suite ${srtp.cryptoSuite}`);
  return { cryptoSuite: srtp.cryptoSuite, keyBase64: srtp.keyBase64 };
}

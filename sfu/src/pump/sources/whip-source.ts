import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { SourceId } from '@loa/shared/ids';
import { stampPacket, type StampState } from '@loa/shared/timing/stamp';
import type { Asked, IceAnswer, SourceState, TransportAnswer } from '../../link/messages.ts';
import { serverNow } from '../clock.ts';
import { opusDurationMs } from '../rtp/opus-packet.ts';
import { parseRtp } from '../rtp/packet.ts';
import { type MediaWorker, toIceAnswer, USUAL_PAYLOAD_TYPE } from '../workers/media-worker.ts';
import { createPolicer } from './policer.ts';

/** A source whose packets stay away this long is reported lost; the broadcast keeps its zones for a while after that. */
const SILENT_AFTER_MS = 2_000;
/** A source that has this many packets dropped in a second is not listened to for the next second at all. */
const FLOOD_PACKETS_PER_S = 1_000;
/** Packets older than this on arrival would only be noise to anybody. */
const MAX_AGE_MS = 300;
/** Timestamps that are remembered in order to drop a retransmission that came twice. */
const REMEMBERED_TIMESTAMPS = 64;

export interface StampedFrame {
  readonly stampMs: number;
  readonly payload: Buffer;
}

export interface WhipSource {
  readonly sourceId: SourceId;
  readonly answer: TransportAnswer;
  readonly state: SourceState;
  restart(): Promise<IceAnswer>;
  /** To be called every 100 ms or so: turns silence into `onLost`. */
  watch(nowMs: number): void;
  close(): void;
}

export interface WhipSourceEvents {
  onFrame(sourceId: SourceId, frame: StampedFrame): void;
  onLost(sourceId: SourceId): void;
  onFound(sourceId: SourceId): void;
  onClosed(sourceId: SourceId): void;
  onState(state: SourceState): void;
}

/** Takes in one WHIP session: checks, polices and stamps its packets. Nothing of its RTP header goes further. */
export async function createWhipSource(
  ask: Asked<'whip:open'>,
  worker: MediaWorker,
  events: WhipSourceEvents,
  log: Logger,
): Promise<WhipSource> {
  const { sourceId, label } = ask;
  const router = await worker.routerFor(USUAL_PAYLOAD_TYPE);
  const { transport, answer } = await worker.createTransport(router, ask.dtls);
  const producer = await transport.produce(toProduceOptions(ask)).catch((error: unknown) => {
    transport.close();
    throw error;
  });
  const exit = await router.router.createDirectTransport();
  const consumer = await exit.consume({ producerId: producer.id, rtpCapabilities: router.router.rtpCapabilities });

  let stamp: StampState | null = null;
  let lastPacketAt = Number.NEGATIVE_INFINITY;
  let present = false;
  let closed = false;
  let usedThisSecond = 0;
  let droppedThisSecond = 0;
  let droppedPackets = 0;
  let packetsPerSecond = 0;
  let secondStart = serverNow();
  const policer = createPolicer(secondStart);
  const recent: number[] = [];

  const state = (): SourceState => ({ sourceId, label, connected: present, packetsPerSecond, droppedPackets });

  const drop = () => {
    droppedPackets += 1;
    droppedThisSecond += 1;
    if (droppedThisSecond === FLOOD_PACKETS_PER_S) {
      log.warn({ sourceId }, 'source floods; not listening to it for a second');
      consumer.pause().catch(() => undefined);
    }
  };

  const take = (data: Buffer) => {
    const arrival = serverNow();
    const packet = parseRtp(data);
    if (!packet || opusDurationMs(packet.payload) === null || !policer.admit(data.length, arrival)) return drop();
    if (recent.includes(packet.timestamp)) return undefined;
    recent.push(packet.timestamp);
    if (recent.length > REMEMBERED_TIMESTAMPS) recent.shift();
    const stamped = stampPacket(stamp, packet.timestamp, arrival);
    stamp = stamped.state;
    if (arrival - stamped.stampMs > MAX_AGE_MS) return drop();
    lastPacketAt = arrival;
    usedThisSecond += 1;
    if (!present) {
      present = true;
      events.onState(state());
      events.onFound(sourceId);
    }
    // The payload is a view into a buffer that the channel may reuse.
    events.onFrame(sourceId, { stampMs: stamped.stampMs, payload: Buffer.from(packet.payload) });
    return undefined;
  };

  const lose = () => {
    if (!present) return;
    present = false;
    events.onState(state());
    events.onLost(sourceId);
  };

  const close = () => {
    if (closed) return;
    closed = true;
    lose();
    transport.close();
    exit.close();
    events.onClosed(sourceId);
  };

  consumer.on('rtp', take);
  transport.on('dtlsstatechange', (dtls) => {
    if (dtls === 'failed' || dtls === 'closed') close();
  });
  transport.on('icestatechange', (ice) => {
    // A lost ICE session may come back by an ICE restart while the broadcast keeps its zones.
    if (ice === 'disconnected') lose();
  });

  return {
    sourceId,
    answer,
    get state() {
      return state();
    },
    async restart() {
      return toIceAnswer(await transport.restartIce(), transport.iceCandidates);
    },
    watch(nowMs) {
      if (nowMs - lastPacketAt > SILENT_AFTER_MS) lose();
      if (nowMs - secondStart < 1_000) return;
      packetsPerSecond = usedThisSecond;
      usedThisSecond = 0;
      if (droppedThisSecond >= FLOOD_PACKETS_PER_S) consumer.resume().catch(() => undefined);
      droppedThisSecond = 0;
      secondStart = nowMs;
      events.onState(state());
    },
    close,
  };
}

function toProduceOptions(ask: Asked<'whip:open'>): types.ProducerOptions {
  return {
    kind: 'audio',
    rtpParameters: {
      mid: ask.mid,
      codecs: [
        {
          mimeType: 'audio/opus',
          payloadType: ask.payloadType,
          clockRate: 48_000,
          channels: ask.channels,
          parameters: { useinbandfec: 1 },
          rtcpFeedback: [{ type: 'nack', parameter: '' }],
        },
      ],
      encodings: ask.ssrc === undefined ? [{}] : [{ ssrc: ask.ssrc }],
      headerExtensions:
        ask.midExtensionId === undefined
          ? []
          : [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: ask.midExtensionId, encrypt: false, parameters: {} }],
      rtcp: { cname: `source-${ask.sourceId}` },
    },
  };
}

import type { types } from 'mediasoup';
import type { Logger } from 'pino';
import type { SourceId } from '@loa/shared/ids';
import { stampPacket, type StampState } from '@loa/shared/timing/stamp';
import type { Asked, IceAnswer, SourceState, TransportAnswer } from '../../link/messages.ts';
import { busPayloadMs } from '@loa/shared/protocol/opus-packet';
import { parseRtp } from '../rtp/packet.ts';
import { USUAL_PAYLOAD_TYPE } from '../rtp/payload-type.ts';
import { type MediaWorker, toIceAnswer } from '../workers/media-worker.ts';
import { watchTransport } from '../workers/transport-watch.ts';
import { createPolicer } from './policer.ts';

/** A source whose packets stay away this long is lost; the broadcast keeps its zones for a while after that. */
export const SILENT_AFTER_MS = 2_000;
/** A presenter who stays away longer has to begin a new session; the broadcast has ended long before. */
const ABSENCE_LIMITS = { joinMs: 20_000, absentMs: 40_000 };
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
  /** No packets for longer than a pause of the link; a new session has this long until its first. */
  readonly away: boolean;
  restart(): Promise<IceAnswer>;
  /** TL8: the server's clock was set while nothing is on air: what was known of the time is void. */
  clockSet(): void;
  /** To be called every 100 ms or so: notices silence. */
  watch(nowMs: number): void;
  close(): void;
}

export interface WhipSourceEvents {
  onFrame(sourceId: SourceId, frame: StampedFrame): void;
  /** It is away, or back. */
  onAway(sourceId: SourceId, away: boolean): void;
  onState(state: SourceState): void;
  onClosed(sourceId: SourceId): void;
}

/** Takes in one WHIP session: checks, polices and stamps its packets. Nothing of its RTP header goes further. */
export async function createWhipSource(
  ask: Asked<'whip:open'>,
  worker: MediaWorker,
  events: WhipSourceEvents,
  now: () => number,
  log: Logger,
): Promise<WhipSource> {
  const { sourceId, label } = ask;
  const { transport, exit, answer, consumer } = await openTransports(ask, worker);

  let stamp: StampState | null = null;
  let lastPacketAt = now();
  let heard = false;
  let away = false;
  let closed = false;
  let usedThisSecond = 0;
  let droppedThisSecond = 0;
  let droppedPackets = 0;
  let packetsPerSecond = 0;
  let secondStart = lastPacketAt;
  let newestStampMs = Number.NEGATIVE_INFINITY;
  /** TL7: after a jump back this has been sent already. */
  let sentBeforeJumpMs = Number.NEGATIVE_INFINITY;
  const policer = createPolicer(secondStart);
  const recent: number[] = [];

  const state = (): SourceState => ({
    sourceId,
    label,
    connected: heard && !away,
    packetsPerSecond,
    droppedPackets,
  });

  const setAway = (now: boolean) => {
    if (away === now) return;
    away = now;
    events.onState(state());
    events.onAway(sourceId, now);
  };

  const drop = () => {
    droppedPackets += 1;
    droppedThisSecond += 1;
    if (droppedThisSecond === FLOOD_PACKETS_PER_S) {
      log.warn({ sourceId }, 'source floods; not listening to it for a second');
      consumer.pause().catch(() => undefined);
    }
  };

  const take = (data: Buffer) => {
    const arrival = now();
    const packet = parseRtp(data);
    if (!packet || busPayloadMs(packet.payload) === null || !policer.admit(data.length, arrival)) return drop();
    if (recent.includes(packet.timestamp)) return undefined;
    recent.push(packet.timestamp);
    if (recent.length > REMEMBERED_TIMESTAMPS) recent.shift();
    const stamped = stampPacket(stamp, packet.timestamp, arrival);
    stamp = stamped.state;
    if (stamped.jumped) sentBeforeJumpMs = newestStampMs;
    if (arrival - stamped.stampMs > MAX_AGE_MS || stamped.stampMs <= sentBeforeJumpMs) return drop();
    newestStampMs = Math.max(newestStampMs, stamped.stampMs);
    lastPacketAt = arrival;
    usedThisSecond += 1;
    setAway(false);
    if (!heard) {
      heard = true;
      events.onState(state());
    }
    // The payload is a view into a buffer that the channel may reuse.
    events.onFrame(sourceId, { stampMs: stamped.stampMs, payload: Buffer.from(packet.payload) });
    return undefined;
  };

  const close = () => {
    if (closed) return;
    closed = true;
    watch.stop();
    setAway(true);
    transport.close();
    exit.close();
    events.onClosed(sourceId);
  };

  consumer.on('rtp', take);
  const watch = watchTransport(transport, ABSENCE_LIMITS, () => {
    log.info({ sourceId }, 'the client of this source is gone');
    close();
  });
  transport.on('icestatechange', (ice) => {
    if (ice === 'disconnected') setAway(true);
  });
  // Its worker died: the client has to come again.
  transport.observer.once('close', close);

  return {
    sourceId,
    answer,
    get state() {
      return state();
    },
    get away() {
      return away;
    },
    async restart() {
      return toIceAnswer(await transport.restartIce(), transport.iceCandidates);
    },
    clockSet() {
      stamp = null;
      newestStampMs = sentBeforeJumpMs = Number.NEGATIVE_INFINITY;
      lastPacketAt = secondStart = now();
      droppedThisSecond = 0;
      consumer.resume().catch(() => undefined);
    },
    watch(nowMs) {
      if (nowMs - lastPacketAt > SILENT_AFTER_MS) setAway(true);
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

/** The client's transport, and the way out of the worker for what comes in there. Leaves nothing behind when it fails. */
async function openTransports(ask: Asked<'whip:open'>, worker: MediaWorker) {
  const { media, transport, answer } = await worker.openTransport(USUAL_PAYLOAD_TYPE, ask.dtls);
  const { router } = media;
  let exit: types.DirectTransport | null = null;
  try {
    const producer = await transport.produce(toProduceOptions(ask));
    exit = await router.createDirectTransport();
    const consumer = await exit.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
    return { transport, exit, answer, consumer };
  } catch (error) {
    exit?.close();
    transport.close();
    throw error;
  }
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

import type { BroadcastId, ZoneId } from '@loa/shared/ids';
import { RTP_RATE_HZ, FRAME_MS } from '@loa/shared/protocol/limits';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import type { Bus } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import { serverNow } from '../clock.ts';
import { SILENT_FRAME } from '../rtp/opus-packet.ts';
import type { StampedFrame } from '../sources/whip-source.ts';

/** A source that leaves a gap this long is stood in for by silent frames, so that receivers keep the broadcast selected. */
export const STAND_IN_AFTER_MS = 200;
/** Then one silent frame goes out this often: well inside the 500 ms after which receivers give a broadcast up. */
const STAND_IN_EVERY_MS = 100;
/** The end is said this many times, for links that lose packets. */
const END_FRAMES = 3;

/** What is sent of one broadcast: its frames, labelled, onto the buses of the zones where it is heard. */
export interface Program {
  readonly broadcastId: BroadcastId;
  /** Where it goes from now on; a bus that is left gets the end marker. */
  place(zones: readonly ZoneId[], outputs: readonly Bus[]): void;
  push(frame: StampedFrame): void;
  /** To be called often: stands in for a source that is away. */
  watch(nowMs: number): void;
  /** Sends the end marker everywhere. */
  end(): void;
}

/** @param nowMs server time at which the broadcast started. */
export function createProgram(broadcastId: BroadcastId, csrc: number, buses: BusMap, nowMs: number): Program {
  let zones: readonly ZoneId[] = [];
  let outputs: readonly Bus[] = [];
  let lastStampMs = nowMs - FRAME_MS;
  let lastSentAt = nowMs;
  let standInAt = Number.NEGATIVE_INFINITY;
  /** Frames up to here have been stood in for: what comes for that time now is stale. */
  let stoodInUpToMs = Number.NEGATIVE_INFINITY;
  const frameTicks = (FRAME_MS * RTP_RATE_HZ) / 1_000;

  const send = (stampMs: number, payload: Buffer) => {
    const frame = { csrc, timestamp: toTimestamp(stampMs), marker: false, payload };
    for (const zone of zones) buses.peek(zone)?.send(frame);
    for (const output of outputs) output.send(frame);
    lastStampMs = Math.max(lastStampMs, stampMs);
  };

  const endOn = (bus: Bus | undefined) => {
    if (!bus) return;
    const start = toTimestamp(lastStampMs);
    for (let n = 1; n <= END_FRAMES; n++) {
      bus.send({ csrc, timestamp: (start + n * frameTicks) >>> 0, marker: true, payload: SILENT_FRAME });
    }
  };

  return {
    broadcastId,
    place(nextZones, nextOutputs) {
      const kept = new Set(nextZones);
      for (const zone of zones) if (!kept.has(zone)) endOn(buses.peek(zone));
      zones = nextZones;
      outputs = nextOutputs;
    },
    push({ stampMs, payload }) {
      if (stampMs <= stoodInUpToMs) return;
      lastSentAt = serverNow();
      send(stampMs, payload);
    },
    watch(now) {
      if (now - lastSentAt < STAND_IN_AFTER_MS || now - standInAt < STAND_IN_EVERY_MS) return;
      const steps = Math.floor((now - 2 * FRAME_MS - lastStampMs) / FRAME_MS);
      if (steps < 1) return;
      standInAt = now;
      stoodInUpToMs = lastStampMs + steps * FRAME_MS;
      send(stoodInUpToMs, SILENT_FRAME);
    },
    end() {
      for (const zone of zones) endOn(buses.peek(zone));
      zones = [];
      outputs = [];
    },
  };
}

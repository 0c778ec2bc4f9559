import type { ZoneId } from '@loa/shared/ids';
import { FRAME_MS } from '@loa/shared/protocol/limits';
import { END_PAYLOAD, STAND_IN_PAYLOAD } from '@loa/shared/protocol/stand-in';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import type { Bus } from '../buses/bus.ts';
import type { BusMap } from '../buses/bus-map.ts';
import { opusDurationMs } from '@loa/shared/protocol/opus-packet';
import type { StampedFrame } from '../sources/whip-source.ts';

/** A source that leaves a gap this long is stood in for by silent frames, so that receivers keep the broadcast selected. */
export const STAND_IN_AFTER_MS = 200;
/** Who looks later than this after the last time stood still: what has come meanwhile is not read yet, … */
const STANDSTILL_MS = 50;
/** … and is waited for this long, because the source may stand on the same machine. */
const AFTER_STANDSTILL_MS = 60;
/** Silent frames stay this far behind, so that the first frames of a source that comes back still have their place. */
const STAND_IN_BEHIND_MS = 2 * FRAME_MS;
/** Of a longer gap only the end is filled: the rest of it is past for every listener. */
const MAX_FILLED_FRAMES = 5;
/** The end is said this many times, for links that lose packets. */
const END_FRAMES = 3;

const STAND_IN = Buffer.from(STAND_IN_PAYLOAD);
const END = Buffer.from(END_PAYLOAD);

/** What is sent of one broadcast: its frames, labelled, onto the buses of the zones where it is heard. */
export interface Program {
  /** Where it goes from now on; a bus that is left gets the end marker. */
  place(zones: readonly ZoneId[], outputs: readonly Bus[]): void;
  push(frame: StampedFrame): void;
  /** To be called often: stands in for a source that is away. */
  watch(nowMs: number): void;
  /** Sends the end marker everywhere. */
  end(): void;
}

/** @param now server time in ms. */
export function createProgram(csrc: number, buses: BusMap, now: () => number): Program {
  let zones: readonly ZoneId[] = [];
  let outputs: readonly Bus[] = [];
  /** Where the sound that was sent last ends on the timeline. */
  let endMs = now();
  let lastFrameAt = endMs;
  let watchedAt = endMs;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  /** Frames before this have been stood in for: what comes for that time now is stale. */
  let stoodInUpToMs = Number.NEGATIVE_INFINITY;

  const send = (stampMs: number, payload: Buffer) => {
    const frame = { csrc, timestamp: toTimestamp(stampMs), marker: false, payload };
    for (const zone of zones) buses.peek(zone)?.send(frame);
    for (const output of outputs) output.send(frame);
    endMs = Math.max(endMs, stampMs + (opusDurationMs(payload) ?? FRAME_MS));
  };

  const endOn = (bus: Bus | undefined) => {
    for (let n = 0; n < END_FRAMES; n++) {
      const timestamp = toTimestamp(endMs + n * FRAME_MS);
      bus?.send({ csrc, timestamp, marker: true, payload: END });
    }
  };

  return {
    place(nextZones, nextOutputs) {
      const kept = new Set(nextZones);
      for (const zone of zones) if (!kept.has(zone)) endOn(buses.peek(zone));
      zones = nextZones;
      outputs = nextOutputs;
    },
    push({ stampMs, payload }) {
      if (stampMs < stoodInUpToMs) return;
      lastFrameAt = now();
      send(stampMs, payload);
    },
    watch(nowMs) {
      if (nowMs - watchedAt > STANDSTILL_MS) notBeforeMs = nowMs + AFTER_STANDSTILL_MS;
      watchedAt = nowMs;
      if (nowMs - lastFrameAt < STAND_IN_AFTER_MS || nowMs < notBeforeMs) return;
      const missing = Math.floor((nowMs - STAND_IN_BEHIND_MS - endMs) / FRAME_MS);
      if (missing > MAX_FILLED_FRAMES) endMs += (missing - 1) * FRAME_MS;
      for (let n = missing > MAX_FILLED_FRAMES ? missing - 1 : 0; n < missing; n++) send(endMs, STAND_IN);
      if (missing > 0) stoodInUpToMs = endMs;
    },
    end() {
      for (const zone of zones) endOn(buses.peek(zone));
      zones = [];
      outputs = [];
    },
  };
}

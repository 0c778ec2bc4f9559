import { describe, expect, it } from 'vitest';
import {
  playTrace,
  type TracePacket,
  tracePackets,
  traceDecoder,
  TRACE_SETTINGS,
  TRACE_START_MS,
  toBusPacket,
} from '../../test/support/playout-trace.ts';
import { toCsrc } from '../protocol/csrc.ts';
import { END_PAYLOAD, isEnd, isStandIn, STAND_IN_PAYLOAD } from '../protocol/stand-in.ts';
import { busPayloadMs } from '../protocol/opus-packet.ts';
import { MAX_VOICES, PlayoutEngine } from './playout-engine.ts';

const SPEECH = { rank: 76, tag: 1, value: 100 };
const standIns = (fromMs: number, untilMs: number, rest: Partial<TracePacket> = {}): TracePacket[] =>
  tracePackets({ ...SPEECH, fromMs, untilMs, firstSequence: 1_000 })
    .filter((_, index) => index % 5 === 0)
    .map((packet, index) => ({ ...packet, sequence: 1_000 + index, standIn: true, ...rest }));

const renderedMs = (out: ReturnType<typeof playTrace>): number =>
  out.blocks.flatMap(({ rendered }) => rendered).reduce((sum, { audibleMs }) => sum + audibleMs, 0);

describe('stand-ins', () => {
  it('PO24: the payload is 20 ms of Opus that no encoder makes', () => {
    expect(busPayloadMs(STAND_IN_PAYLOAD)).toBe(20);
    expect(isStandIn(Uint8Array.of(0xf8, 0xff, 0xfe))).toBe(false);
  });

  it('PO9: the end is a stand-in of its own', () => {
    expect(busPayloadMs(END_PAYLOAD)).toBe(20);
    expect(isStandIn(END_PAYLOAD)).toBe(true);
    expect(isEnd(END_PAYLOAD)).toBe(true);
    expect(isEnd(STAND_IN_PAYLOAD)).toBe(false);
  });

  it('PO9: whoever cannot read the marker falls back at once all the same, and repeated ends bring nothing back', () => {
    const emergency = tracePackets({ rank: 220, tag: 2, fromMs: 0, untilMs: 400, value: 200 });
    const ends = [400, 420, 440].map((stampMs, index) => ({
      ...(emergency[0] as TracePacket),
      stampMs,
      sequence: 500 + index,
      arrivalMs: 395,
      payload: END_PAYLOAD,
    }));
    const below = tracePackets({ ...SPEECH, fromMs: 0, untilMs: 800, firstSequence: 1_000 });
    const out = playTrace([...emergency, ...ends, ...below], 850);
    expect(out.at(400)).toBeCloseTo(0.2, 3);
    // The first end lasts one frame; after it and a fade the lower one is there.
    expect(out.samplesBetween(60 + 430, 850).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
    expect(out.engine.sounding()).toMatchObject([{ tag: 1, role: 'main' }]);
  });

  it('PO24: a programme that stands still for ten seconds is present, and neither sounding nor rendered nor lost', () => {
    const out = playTrace(standIns(0, 10_000), 10_000);
    expect(renderedMs(out)).toBe(0);
    expect(out.engine.sounding()).toEqual([]);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
  });

  it('PO24: what a source left out is not counted as lost when it comes back', () => {
    const before = tracePackets({ ...SPEECH, fromMs: 0, untilMs: 400 });
    const after = tracePackets({ ...SPEECH, fromMs: 3_000, untilMs: 3_400, firstSequence: 2_000 });
    const out = playTrace([...before, ...standIns(600, 3_000), ...after], 3_500);
    expect(out.engine.stats().lostPackets).toBe(0);
    expect(renderedMs(out)).toBeGreaterThan(780);
    expect(renderedMs(out)).toBeLessThan(950);
    expect(out.at(3_200)).toBeCloseTo(0.1, 6);
  });

  it('PO24, PO3: a broadcast that moves to another bus is heard without a gap, although its end was said on the old one', () => {
    const old = tracePackets({ ...SPEECH, fromMs: 0, untilMs: 400 });
    const ends = [400, 420, 440].map((stampMs, index) => ({
      ...(old[0] as TracePacket),
      stampMs,
      sequence: 20 + index,
      arrivalMs: 395,
      marker: true,
      standIn: true,
    }));
    const moved = tracePackets({ ...SPEECH, bus: 'root', fromMs: 400, untilMs: 800 });
    const out = playTrace([...old, ...ends, ...moved], 850);
    expect(out.samplesBetween(70, 845).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
  });

  it('PO18: with all places taken an emergency gets one', () => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    const push = (tag: number, rank: number) =>
      engine.push(
        toBusPacket({
          bus: `bus ${tag}`,
          sequence: 1,
          stampMs: 0,
          arrivalMs: 10,
          csrc: toCsrc({ rank, tag, overlay: false }),
          value: 50,
        }),
        TRACE_START_MS + 10,
      );
    for (let tag = 1; tag <= MAX_VOICES; tag++) expect(push(tag, 60 + tag)).toBe('buffered');
    expect(push(100, 40)).toBe('too-many');
    expect(push(101, 220)).toBe('buffered');
  });
});

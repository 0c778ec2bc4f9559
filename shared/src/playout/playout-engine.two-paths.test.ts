import { describe, expect, it } from 'vitest';
import {
  playTrace,
  TRACE_SETTINGS,
  TRACE_START_MS,
  traceDecoder,
  tracePackets,
  toBusPacket,
  type TracePacket,
} from '../../test/support/playout-trace.ts';
import { END_PAYLOAD } from '../protocol/stand-in.ts';
import { PlayoutEngine } from './playout-engine.ts';

/** The engine where packets of a broadcast come over two paths. */

const NORMAL = { rank: 76, tag: 1, value: 100 };
const EMERGENCY = { rank: 220, tag: 2, value: 200, bus: 'root' };

const peak = (samples: Float32Array): number => samples.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

describe('two paths', () => {
  it('PO3: the same packet over two paths is played once', () => {
    const one = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 300 });
    const two = one.map((packet) => ({ ...packet, bus: 'b', sequence: packet.sequence + 500 }));
    const out = playTrace([...one, ...two], 300);
    expect(out.samplesBetween(70, 300).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
  });

  it('PO41: what came over the first path is neither late nor counted anew over a slow second one', () => {
    const first = tracePackets({ ...EMERGENCY, fromMs: 0, untilMs: 3_000 });
    const slow = first.map((packet) => ({ ...packet, bus: 'second', arrivalMs: packet.stampMs + 400 }));
    const out = playTrace([...first, ...slow], 3_000);
    expect(out.engine.stats()).toMatchObject({ packets: 150, lateMs: 0, lostPackets: 0, extraDelayMs: 0, jitterMs: 0 });
    expect(out.samplesBetween(70, 3_000).every((value) => Math.abs(value - 0.2) < 1e-6)).toBe(true);
  });

  it('PO41: when one of two paths ends without a word not a sample is missing, and the end over the other one is the end', () => {
    const second = tracePackets({ ...EMERGENCY, bus: 'second', fromMs: 0, untilMs: 2_000, firstSequence: 700 });
    const marked = second.map((packet, index) => ({ ...packet, marker: index === second.length - 1 }));
    const first = tracePackets({ ...EMERGENCY, fromMs: 0, untilMs: 1_000 });
    const out = playTrace([...first, ...marked], 2_500);
    expect(out.samplesBetween(70, 2_054).every((value) => Math.abs(value - 0.2) < 1e-6)).toBe(true);
    expect(peak(out.samplesBetween(2_061, 2_500))).toBe(0);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0, lateMs: 0 });
  });

  const ends = (bus: string, fromMs: number, arrivalMs: number): TracePacket[] =>
    tracePackets({ ...EMERGENCY, bus, fromMs, untilMs: fromMs + 60, firstSequence: 900 }).map((packet) => ({
      ...packet,
      arrivalMs,
      marker: true,
      payload: END_PAYLOAD,
    }));

  it.each([
    ['20 ms slower, its end lost', 20, [], 153],
    ['20 ms slower', 20, ends('second', 3_000, 3_025), 153],
    ['200 ms slower', 200, ends('second', 3_000, 3_205), 153],
    ['400 ms slower', 400, ends('second', 3_000, 3_405), 153],
    // What goes beyond the end over the first path comes after its time and brings nothing back.
    ['200 ms slower, its end two frames later', 200, ends('second', 3_040, 3_245), 154],
  ])(
    'PO41: the end over one path is the end, and counted once: the other one is %s',
    (_, slowerMs, secondEnds, packets) => {
      const low = tracePackets({ ...NORMAL, fromMs: 2_000, untilMs: 4_000 });
      const untilMs = secondEnds[0]?.stampMs ?? 3_000;
      const first = tracePackets({ ...EMERGENCY, fromMs: 0, untilMs: 3_000 });
      const second = tracePackets({ ...EMERGENCY, bus: 'second', fromMs: 0, untilMs }).map((packet) => ({
        ...packet,
        arrivalMs: packet.arrivalMs + slowerMs,
      }));
      const out = playTrace([...low, ...first, ...ends(EMERGENCY.bus, 3_000, 3_005), ...second, ...secondEnds], 4_000);
      expect(out.samplesBetween(70, 3_050).every((value) => Math.abs(value - 0.2) < 1e-6)).toBe(true);
      expect(out.samplesBetween(3_090, 4_000).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
      expect(out.engine.stats()).toMatchObject({ packets: packets + low.length, lateMs: 0, extraDelayMs: 0 });
    },
  );

  it('PO41: when one of two paths marks an end and the other goes on, not a sample is missing', () => {
    const low = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 3_000 });
    const first = tracePackets({ ...EMERGENCY, fromMs: 0, untilMs: 1_000 });
    const second = tracePackets({ ...EMERGENCY, bus: 'second', fromMs: 0, untilMs: 3_000 }).map((packet) => ({
      ...packet,
      arrivalMs: packet.arrivalMs + 20,
    }));
    const out = playTrace([...low, ...first, ...ends(EMERGENCY.bus, 1_000, 1_005), ...second], 2_900);
    expect(out.samplesBetween(70, 2_900).every((value) => Math.abs(value - 0.2) < 1e-6)).toBe(true);
  });

  it('PO41: a path that is left takes its sequence numbers with it, and no other’s', () => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    const [packet, next] = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 40 });
    if (!packet || !next) throw new Error('a trace of two packets');
    for (const bus of ['1/zone', '2/zone']) engine.push(toBusPacket({ ...packet, bus }), TRACE_START_MS);
    engine.resetBuses((bus) => bus.startsWith('1/'));
    const again = (bus: string) =>
      engine.push({ ...toBusPacket(next), bus, sequence: packet.sequence }, TRACE_START_MS);
    expect([again('2/zone'), again('1/zone')]).toEqual(['duplicate', 'buffered']);
  });
});

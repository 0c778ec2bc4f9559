import { describe, expect, it } from 'vitest';
import {
  INVENTED_VALUE,
  playTrace,
  RECOVERED_VALUE,
  TRACE_SETTINGS,
  TRACE_START_MS,
  traceDecoder,
  tracePackets,
  toBusPacket,
} from '../../test/support/playout-trace.ts';
import { toTimestamp } from '../timing/rtp-timeline.ts';
import { fromDb } from './gain.ts';
import { PlayoutEngine } from './playout-engine.ts';

const NORMAL = { rank: 76, tag: 1, value: 100 };
const EMERGENCY = { rank: 220, tag: 2, value: 200, bus: 'root' };

const peak = (samples: Float32Array): number => samples.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

describe('time', () => {
  it('PO1: the sample with stamp T is rendered at T plus delay, to the sample', () => {
    const out = playTrace(tracePackets({ ...NORMAL, fromMs: 100, untilMs: 300 }), 400);
    expect(peak(out.samplesBetween(0, 160))).toBe(0);
    expect(out.samplesBetween(160, 161)[0]).toBeGreaterThan(0);
    expect(out.at(166)).toBeCloseTo(0.1, 5);
    expect(out.engine.sounding()).toEqual([{ tag: 1, rank: 76, role: 'main', firstSoundAt: TRACE_START_MS + 160 }]);
  });

  it('PO2: a broadcast goes on over the wrap of the 32-bit timestamp', () => {
    const wrapMs = Math.ceil(TRACE_START_MS / (2 ** 32 / 48)) * (2 ** 32 / 48);
    const startMs = Math.round(wrapMs) - 200;
    expect(toTimestamp(startMs + 300)).toBeLessThan(toTimestamp(startMs + 100));
    const out = playTrace(tracePackets({ ...NORMAL, fromMs: 100, untilMs: 400 }), 460, { startMs });
    expect(out.samplesBetween(170, 455).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0, lateMs: 0 });
  });

  it('PO2: packets that overtook each other are played in the order of their stamps', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 200 }).map((packet, index) => ({
      ...packet,
      value: 10 + index,
      arrivalMs: packet.arrivalMs + (index % 2 === 0 ? 35 : 0),
    }));
    const out = playTrace(packets, 260);
    const heard = [90, 110, 130, 150].map((ms) => out.at(ms));
    heard.forEach((value, index) => expect(value).toBeCloseTo((11 + index) / 1_000, 6));
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0 });
  });

  it.each([
    ['forward by 60 ms', 60, 60],
    ['back by 60 ms', -60, 60],
    ['forward by 3 ms where the sound card went on elsewhere', 3, 3],
    ['forward by 0.7 ms where the sound card went on elsewhere', 0.7, 1],
  ])('PO14: a move in running sound is no click: %s', (_, byMs, movedMs) => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    for (const packet of tracePackets({ ...NORMAL, value: 250, fromMs: 0, untilMs: 800 }))
      engine.push(toBusPacket({ ...packet, arrivalMs: 0 }), TRACE_START_MS);
    const heard: number[] = [];
    let moved = 0;
    for (let atMs = 0; atMs < 600; atMs += 10) {
      const isLater = atMs >= 300;
      if (atMs === 300 && Math.abs(byMs) < 40) engine.noteInterruption();
      const block = engine.renderBlock(TRACE_START_MS + 60 + atMs + (isLater ? byMs : 0), 480);
      moved += Math.abs(block.movedMs);
      heard.push(...block.samples);
    }
    expect(Math.round(moved)).toBe(movedMs);
    const steps = heard.slice(1).map((value, index) => Math.abs(value - (heard[index] ?? 0)));
    // A fade over 5 ms has 240 steps; while two overlap their steps add up, and the limiter has its own.
    expect(Math.max(...steps)).toBeLessThan(0.25 / 100);
    expect(heard.at(-1)).toBeCloseTo(0.25, 3);
  });

  it('PO14: a small step of the clock is taken up by resampling while something is heard, a large one is followed', () => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    for (const packet of tracePackets({ ...NORMAL, fromMs: 0, untilMs: 600 })) {
      engine.push(toBusPacket({ ...packet, arrivalMs: 0 }), TRACE_START_MS);
    }
    let outputMs = TRACE_START_MS + 60;
    const moved: number[] = [];
    const render = (blocks: number): void => {
      for (let block = 0; block < blocks; block += 1, outputMs += 10)
        moved.push(engine.renderBlock(outputMs, 480).movedMs);
    };
    render(10);
    outputMs += 20;
    render(10);
    expect(moved.every((value) => value === 0)).toBe(true);
    expect(engine.stats().positionErrorMs).toBeGreaterThan(17.5);
    expect(engine.stats().positionErrorMs).toBeLessThan(20);
    outputMs += 40;
    render(10);
    expect(moved.filter((value) => value !== 0)).toHaveLength(1);
    expect(Math.max(...moved)).toBeGreaterThan(57);
    expect(Math.max(...moved)).toBeLessThan(60);
  });

  it('PO14: in a pause the position follows the clock', () => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    engine.renderBlock(TRACE_START_MS, 480);
    expect(engine.renderBlock(TRACE_START_MS + 13, 480).movedMs).toBe(3);
  });

  it('PO15: slewed stamps leave neither gap nor loss', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 2_000 }).map((packet, index) => ({
      ...packet,
      // 500 ppm: every other packet is a sample early.
      stampMs: packet.stampMs - Math.floor(index / 2) / 48,
    }));
    const out = playTrace(packets, 2_000);
    expect(out.samplesBetween(70, 1_990).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, concealedMs: 0, lateMs: 0 });
  });
});

describe('losses', () => {
  it('PO5: a lost packet is recovered from the one after it', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 400 }).filter((packet) => packet.stampMs !== 100);
    const out = playTrace(packets, 460);
    expect(out.at(170)).toBeCloseTo(RECOVERED_VALUE, 6);
    expect(out.at(190)).toBeCloseTo(0.1, 6);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 1, concealedMs: 20 });
  });

  it('PO5: longer gaps are concealed for 60 ms, then silent, and end with recovered sound', () => {
    const lost = (ms: number): boolean => ms >= 100 && ms < 300;
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 600 }).filter((packet) => !lost(packet.stampMs));
    const out = playTrace(packets, 660);
    expect(out.at(170)).toBeCloseTo(INVENTED_VALUE, 6);
    expect(peak(out.samplesBetween(221, 339))).toBe(0);
    expect(out.at(355)).toBeCloseTo(RECOVERED_VALUE, 6);
    expect(out.at(370)).toBeCloseTo(0.1, 6);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 10, concealedMs: 80 });
    expect(out.engine.sounding()).toHaveLength(1);
  });

  it('PO4: a packet after its time is counted and not played', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 400 }).map((packet) =>
      packet.stampMs === 100 ? { ...packet, arrivalMs: 230 } : packet,
    );
    const out = playTrace(packets, 460);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 1, lateMs: 20, concealedMs: 20 });
  });

  it('PO3: the first packet of a bus, delivered again after 25 s of silence, changes nothing', () => {
    const before = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 200 });
    const after = tracePackets({ ...NORMAL, tag: 3, fromMs: 25_000, untilMs: 25_400, firstSequence: 10 });
    const again = before.slice(0, 1).map((packet) => ({ ...packet, arrivalMs: 25_005 }));
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    const out = playTrace([...before, ...again, ...after], 25_300, { engine });
    expect(peak(out.samplesBetween(800, 25_059))).toBe(0);
    expect(out.at(25_100)).toBeCloseTo(0.1, 6);
    expect(out.engine.sounding().map((entry) => entry.tag)).toEqual([3]);
    expect(out.engine.stats()).toMatchObject({ lostPackets: 0, lateMs: 0 });
  });

  it('PO16: a single standstill of the path leaves no delay behind', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 6_000 }).map((packet) =>
      packet.stampMs >= 1_000 && packet.stampMs < 2_000 ? { ...packet, arrivalMs: 2_000 } : packet,
    );
    const out = playTrace(packets, 6_000);
    expect(out.engine.stats().extraDelayMs).toBe(0);
    expect(out.samplesBetween(2_200, 6_000).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
  });

  it('PO16: packets that keep coming too late are played later instead of never', () => {
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 3_000 }).map((packet) => ({
      ...packet,
      arrivalMs: packet.stampMs + 180,
    }));
    const out = playTrace(packets, 3_000);
    const { extraDelayMs } = out.engine.stats();
    expect(extraDelayMs).toBeGreaterThan(100);
    expect(extraDelayMs).toBeLessThan(300);
    expect(out.samplesBetween(1_700, 3_000).every((value) => value > 0.09)).toBe(true);
  });

  it('PO18, PO19: broken, far-off and unlabelled packets open nothing', () => {
    const engine = new PlayoutEngine<string>(traceDecoder, TRACE_SETTINGS);
    const [packet] = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 20 });
    if (!packet) throw new Error('a trace of one packet');
    const good = toBusPacket(packet);
    expect(engine.push({ ...good, payload: new Uint8Array(0) }, TRACE_START_MS)).toBe('malformed');
    expect(engine.push({ ...good, payload: new Uint8Array([0x7b, 63]) }, TRACE_START_MS)).toBe('malformed');
    expect(engine.push({ ...good, label: { ...good.label, tag: 0 } }, TRACE_START_MS)).toBe('malformed');
    const far = toTimestamp(TRACE_START_MS + 3_600_000);
    expect(engine.push({ ...good, timestamp: far }, TRACE_START_MS)).toBe('too-far-ahead');
    expect(engine.renderBlock(TRACE_START_MS + 60, 480).rendered).toEqual([]);
  });
});

describe('who is heard', () => {
  it('PO10: a fade takes as long as it should, wherever the borders of the blocks are', () => {
    for (const fromMs of [101, 103, 107, 109]) {
      const out = playTrace(tracePackets({ ...NORMAL, fromMs, untilMs: 300 }), 400);
      expect(out.at(fromMs + 60 + 2)).toBeLessThan(0.05);
      expect(out.at(fromMs + 60 + 5.1)).toBeCloseTo(0.1, 6);
    }
  });

  it('PO10: an emergency replaces a lower programme at its first sample, and is left at its last', () => {
    const low = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 1_000 });
    const high = tracePackets({ ...EMERGENCY, fromMs: 305, untilMs: 605 });
    const marked = high.map((packet, index) => ({ ...packet, marker: index >= high.length - 3 }));
    const out = playTrace([...low, ...marked], 1_000);
    expect(out.at(359)).toBeCloseTo(0.1, 6);
    expect(out.at(364.9)).toBeLessThan(0.01);
    expect(out.at(365 + 5.1)).toBeCloseTo(0.2, 6);
    // The first of three marked frames starts at 545 and ends the broadcast at 565; the lower one is back 5 ms later.
    expect(out.at(619)).toBeCloseTo(0.2, 6);
    expect(out.at(624.9)).toBeLessThan(0.01);
    expect(out.at(631)).toBeCloseTo(0.1, 6);
    expect(out.engine.sounding().map((entry) => entry.tag)).toEqual([1]);
    const wrong = out.samplesBetween(371, 619).some((value) => Math.abs(value - 0.2) > 1e-6);
    expect(wrong).toBe(false);
  });

  it('PO8: without packets for 500 ms a broadcast is out and the lower one is heard again', () => {
    const low = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 1_500 });
    const high = tracePackets({ ...EMERGENCY, fromMs: 300, untilMs: 400 });
    const out = playTrace([...low, ...high], 1_500);
    expect(peak(out.samplesBetween(530, 959))).toBe(0);
    expect(out.at(966)).toBeCloseTo(0.1, 6);
  });

  it('PO9: a marked packet that is repeated late does not bring the broadcast back', () => {
    const low = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 1_000 });
    const high = tracePackets({ ...EMERGENCY, fromMs: 100, untilMs: 300 });
    const marked = high.map((packet, index) => ({ ...packet, marker: index === high.length - 1 }));
    const straggler = { ...high[5]!, sequence: 900, arrivalMs: 420 };
    const out = playTrace([...low, ...marked, straggler], 1_000);
    expect(out.samplesBetween(366, 990).every((value) => Math.abs(value - 0.1) < 1e-6)).toBe(true);
  });

  it('PO9: a broadcast that was marked on this bus and comes back is heard again', () => {
    const first = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 200 });
    const marked = first.map((packet, index) => ({ ...packet, marker: index === first.length - 1 }));
    const second = tracePackets({ ...NORMAL, fromMs: 700, untilMs: 900, firstSequence: 10 });
    const out = playTrace([...marked, ...second], 900);
    expect(peak(out.samplesBetween(261, 759))).toBe(0);
    expect(out.at(770)).toBeCloseTo(0.1, 6);
  });

  it('PO7, PO11: an overlay ducks the main programme by 18 dB within 200 ms, which is back after 600 ms', () => {
    const main = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 3_000 });
    const over = tracePackets({ ...EMERGENCY, rank: 140, value: 50, overlay: true, fromMs: 500, untilMs: 1_500 });
    const marked = over.map((packet, index) => ({ ...packet, marker: index >= over.length - 1 }));
    const out = playTrace([...main, ...marked], 3_000);
    const ducked = 0.1 * fromDb(-18);
    expect(out.at(550)).toBeCloseTo(0.1, 6);
    expect(out.at(560 + 100)).toBeGreaterThan(0.05 + ducked);
    expect(out.at(560 + 201)).toBeCloseTo(0.05 + ducked, 6);
    expect(out.at(1_540)).toBeCloseTo(0.05 + ducked, 6);
    expect(out.at(1_560 + 300)).toBeLessThan(0.09);
    expect(out.at(1_560 + 601)).toBeCloseTo(0.1, 6);
    const during = out.blocks[100]?.rendered.map((entry) => [entry.tag, entry.role]);
    expect(during).toEqual([
      [1, 'ducked'],
      [2, 'overlay'],
    ]);
  });

  it('PO12: mute and volume are for ordinary broadcasts; an emergency has its own volume', () => {
    const low = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 600 });
    const high = tracePackets({ ...EMERGENCY, fromMs: 300, untilMs: 600 });
    const settings = { ...TRACE_SETTINGS, muted: true, volume: 0, emergencyVolume: 100 };
    const out = playTrace([...low, ...high], 600, { settings });
    expect(peak(out.samplesBetween(0, 360))).toBe(0);
    expect(out.at(400)).toBeCloseTo(0.2, 6);
    expect(out.blocks[20]?.rendered).toEqual([]);
    expect(out.engine.sounding().map((entry) => entry.tag)).toEqual([2]);
  });

  it('PO13: what is mixed never exceeds -1 dBFS', () => {
    const loud = new PlayoutEngine<string>(
      () => ({ decode: (_payload, _fec, samples) => new Float32Array(samples).fill(0.95), close: () => undefined }),
      TRACE_SETTINGS,
    );
    const main = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 600 });
    const over = tracePackets({ ...EMERGENCY, overlay: true, fromMs: 100, untilMs: 600 });
    const out = playTrace([...main, ...over], 600, { engine: loud });
    expect(peak(out.samplesBetween(0, 600))).toBeLessThanOrEqual(fromDb(-1) + 1e-6);
    expect(peak(out.samplesBetween(300, 600))).toBeGreaterThan(fromDb(-1.5));
  });

  it('PO17: the blocks add up to what was heard', () => {
    const lost = (ms: number): boolean => ms >= 100 && ms < 300;
    const packets = tracePackets({ ...NORMAL, fromMs: 0, untilMs: 600 }).filter((packet) => !lost(packet.stampMs));
    const out = playTrace(packets, 660);
    const rendered = out.blocks.flatMap((block) => block.rendered);
    const audibleMs = rendered.reduce((sum, entry) => sum + entry.audibleMs, 0);
    expect(rendered[0]?.fromMs).toBe(TRACE_START_MS + 60);
    // 600 ms on air, less the 120 ms that were neither received nor concealed.
    expect(audibleMs).toBeGreaterThan(455);
    expect(audibleMs).toBeLessThanOrEqual(485);
    expect(rendered.reduce((sum, entry) => sum + entry.lostPackets, 0)).toBe(10);
  });
});

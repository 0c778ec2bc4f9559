import { toCsrc } from '@loa/shared/protocol/csrc';
import { END_PAYLOAD, STAND_IN_PAYLOAD } from '@loa/shared/protocol/stand-in';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { describe, expect, test } from 'vitest';
import type { PlayoutProgress } from './page-playout.ts';
import { PacketRenderer, type PageClock } from './packet-renderer.ts';

const START_MS = 1_700_000_000_000;
/** Own clock of the page is an hour behind, and its audio context began when the test did. */
const CLOCK = {
  serverOffsetMs: 3_600_000,
  outputOffsetMs: START_MS - 3_600_000,
  outputMs: 0,
  outputErrorMs: 0.4,
  interruptions: 0,
};
const SETTINGS = { playoutDelayMs: 100, volume: 100, emergencyVolume: 100, muted: false };
const BLOCK = 128;

const BASE = { rank: 76, overlay: false, tag: 1, value: 100 };
const OVERLAY = { rank: 140, overlay: true, tag: 2, value: 50 };
const EMERGENCY = { rank: 220, overlay: false, tag: 3, value: 200 };

interface Sent {
  readonly stampMs: number;
  readonly csrc: number;
  readonly payload: Uint8Array;
}

/** What is ordered anew while it plays. */
interface Order {
  readonly atMs: number;
  readonly settings: PlayoutSettings;
  readonly clock?: PageClock;
}

function speech(who: typeof BASE, fromMs: number, untilMs: number, payload?: Uint8Array): Sent[] {
  const length = Math.ceil((untilMs - fromMs) / 20);
  return Array.from({ length }, (_, n) => ({
    stampMs: fromMs + n * 20,
    csrc: toCsrc(who),
    payload: payload ?? Uint8Array.of(0x78, who.value),
  }));
}

/** Plays packets of one bus; sound is `value / 1000`. */
function play(
  sent: readonly Sent[],
  untilMs: number,
  clock = CLOCK,
  settings: PlayoutSettings = SETTINGS,
  order?: Order,
) {
  const renderer = new PacketRenderer(
    () => ({
      decode: (payload, fec, samples) => new Float32Array(samples).fill(fec ? 0 : (payload?.[1] ?? 0) / 1_000),
      close: () => undefined,
    }),
    settings,
  );
  const waiting = [...sent].sort((a, b) => a.stampMs - b.stampMs).entries();
  let next = waiting.next();
  renderer.setClock(clock);
  const progress: PlayoutProgress[] = [];
  const out = new Float32Array(untilMs * 48 + BLOCK);
  for (let at = 0; at < untilMs * 48; at += BLOCK) {
    const nowMs = at / 48;
    if (order && nowMs >= order.atMs) renderer.configure(order.settings);
    if (order?.clock && nowMs >= order.atMs && nowMs < order.atMs + BLOCK / 48) renderer.setClock(order.clock);
    for (; !next.done && next.value[1].stampMs + 10 <= nowMs; next = waiting.next()) {
      const [index, { stampMs, csrc, payload }] = next.value;
      const arrivedAtMs = START_MS - CLOCK.serverOffsetMs + nowMs;
      const timestamp = toTimestamp(START_MS + stampMs);
      renderer.push({ bus: '1/0', sequence: index & 0xffff, timestamp, csrc, arrivedAtMs, payload });
    }
    const told = renderer.render(out.subarray(at, at + BLOCK), nowMs);
    if (told) progress.push(told);
  }
  const renderedMs = (tag: number) =>
    progress
      .flatMap(({ rendered }) => rendered)
      .reduce((sum, part) => sum + (part.tag === tag ? part.audibleMs : 0), 0);
  return { at: (ms: number) => out[Math.round(ms * 48)] ?? 0, progress, renderedMs };
}

describe('a page that reads packets', () => {
  test('PO1: a sample is heard at its stamp plus the delay, on the clock of the server', () => {
    const { at, progress } = play(speech(BASE, 0, 500), 700);
    expect(at(98)).toBe(0);
    expect(at(110)).toBeCloseTo(0.1, 5);
    expect(progress.find(({ sounding }) => sounding.length > 0)?.sounding[0]).toMatchObject({ tag: 1, role: 'main' });
    const first = progress.flatMap(({ sounding }) => sounding)[0]?.firstSoundAt ?? 0;
    expect(Math.abs(first - (START_MS + 100))).toBeLessThanOrEqual(3);
  });

  test('PO9: after the end payload of an emergency the lower one is back on the same bus, without waiting', () => {
    const emergency = [...speech(EMERGENCY, 0, 400), ...speech(EMERGENCY, 400, 460, END_PAYLOAD)];
    const { at } = play([...emergency, ...speech(BASE, 400, 900)], 900);
    expect(at(490)).toBeCloseTo(0.2, 5);
    // One frame of the end, and the fade.
    expect(at(100 + 430)).toBeCloseTo(0.1, 5);
  });

  test('PO7: an overlay of the same bus is heard over the lower one, which is ducked and comes back', () => {
    const over = [...speech(OVERLAY, 400, 1_000), ...speech(OVERLAY, 1_000, 1_060, END_PAYLOAD)];
    const { at, progress } = play([...speech(BASE, 0, 2_200), ...over], 2_200);
    const ducked = 0.1 * 10 ** (-18 / 20);
    expect(at(450)).toBeCloseTo(0.1, 5);
    expect(at(1_000)).toBeCloseTo(0.05 + ducked, 4);
    expect(at(2_000)).toBeCloseTo(0.1, 4);
    expect(
      progress.some(
        ({ sounding }) =>
          sounding
            .map(({ role }) => role)
            .sort()
            .join() === 'ducked,overlay',
      ),
    ).toBe(true);
  });

  test('PO24: stand-ins keep a broadcast present and are not rendered, not sounding and not lost', () => {
    const away = speech(BASE, 400, 3_000, STAND_IN_PAYLOAD);
    const { progress, renderedMs } = play([...speech(BASE, 0, 400), ...away], 3_100);
    expect(renderedMs(1)).toBeGreaterThan(395);
    expect(renderedMs(1)).toBeLessThan(405);
    expect(progress.at(-1)).toMatchObject({ sounding: [], stats: { lostPackets: 0, concealedMs: 0 } });
  });

  test('PO16: a page whose way to the loudspeaker is long plays later from the first packet on, and says so', () => {
    // What is rendered now is heard 80 ms later, so packets have to be there 80 ms earlier.
    const late = { ...CLOCK, outputOffsetMs: CLOCK.outputOffsetMs + 80, outputMs: 80 };
    const { at, progress, renderedMs } = play(speech(BASE, 0, 500), 700, late);
    expect(progress.at(-1)?.stats).toMatchObject({ delayMs: 130, lateMs: 0, lostPackets: 0 });
    expect(renderedMs(1)).toBeGreaterThan(495);
    expect(at(130 - 80 + 6)).toBeCloseTo(0.1, 5);
  });

  describe.each([
    { previousMs: 60, playoutDelayMs: 200, atFirstMs: 90, laterMs: 98.8 },
    { previousMs: 200, playoutDelayMs: 60, atFirstMs: 200, laterMs: 161.2 },
  ])('PO31: ordered from $previousMs to $playoutDelayMs ms, a page that needs 90 itself', (move) => {
    const { previousMs, playoutDelayMs, atFirstMs, laterMs } = move;
    const before = { ...SETTINGS, playoutDelayMs: previousMs };
    const after = { ...SETTINGS, playoutDelayMs, delayMove: { previousMs, fromMs: START_MS + 600 } };
    // Each packet says by its value which one it is.
    const sent = speech(BASE, 0, 20_500).map((one, n) => ({ ...one, payload: Uint8Array.of(0x78, 1 + (n % 200)) }));
    const { at, progress } = play(sent, 20_200, { ...CLOCK, outputMs: 40 }, before, {
      atMs: 300,
      settings: after,
    });

    test('plays on without a jump', () => {
      // In the middle of the packet that is due, whatever the delay is by then.
      for (const ms of [250, 310, 330, 450, 590]) {
        const due = Math.floor((ms - atFirstMs) / 20);
        expect(at(due * 20 + atFirstMs + 10)).toBeCloseTo((1 + due) / 1_000, 5);
      }
      expect(progress.at(-1)?.stats).toMatchObject({ lateMs: 0, lostPackets: 0, concealedMs: 0 });
    });

    test('moves with the others as soon as what is ordered is enough for it', () => {
      const due = Math.floor((20_000 - laterMs) / 20);
      expect(at(due * 20 + laterMs + 10)).toBeCloseTo((1 + (due % 200)) / 1_000, 5);
      expect(Math.abs((progress.at(-1)?.stats.delayMs ?? 0) - laterMs)).toBeLessThan(1);
    });
  });

  test('PO92: an output that went on elsewhere is followed at once, and one that is only off by resampling', () => {
    const movedAt = (interruptions: number) => {
      const sent = speech(BASE, 0, 900).map((one, n) => ({ ...one, payload: Uint8Array.of(0x78, 1 + n) }));
      const elsewhere = { ...CLOCK, outputOffsetMs: CLOCK.outputOffsetMs - 30, interruptions };
      return play(sent, 700, CLOCK, SETTINGS, { atMs: 500, settings: SETTINGS, clock: elsewhere });
    };
    // At 610 of the context the packet of 480 is due, and before the output moved that of 500 was.
    expect(movedAt(1).at(615)).toBeCloseTo((1 + 24) / 1_000, 5);
    expect(movedAt(0).at(615)).toBeCloseTo((1 + 25) / 1_000, 5);
  });

  test('PO90: it says how far from its place it is, and whether the moment of a sample was measured', () => {
    // Another place by less than what is jumped over: taken up slowly, by resampling.
    const renderer = new PacketRenderer(
      () => ({ decode: (_, __, samples) => new Float32Array(samples).fill(0.1), close: () => undefined }),
      SETTINGS,
    );
    renderer.setClock(CLOCK);
    let last: PlayoutProgress | null = null;
    for (let block = 0; block < 400; block += 1) {
      const nowMs = (block * BLOCK) / 48;
      if (block % 7 === 0) {
        const stampMs = Math.floor(nowMs / 20) * 20;
        const packet = { bus: '1/0', sequence: stampMs / 20, timestamp: toTimestamp(START_MS + stampMs) };
        const arrivedAtMs = START_MS - CLOCK.serverOffsetMs + nowMs;
        renderer.push({ ...packet, csrc: toCsrc(BASE), arrivedAtMs, payload: Uint8Array.of(0x78, 1) });
      }
      if (block === 300) {
        renderer.setClock({ ...CLOCK, outputOffsetMs: CLOCK.outputOffsetMs + 30, outputErrorMs: null });
      }
      const told = renderer.render(new Float32Array(BLOCK), nowMs);
      if (block === 299) expect(last?.stats).toMatchObject({ positionErrorMs: 0, outputErrorMs: 0.4 });
      last = told ?? last;
    }
    expect(last?.stats.outputErrorMs).toBeNull();
    expect(Math.abs(last?.stats.positionErrorMs ?? 0)).toBeGreaterThan(20);
  });

  test('before the clock is known nothing sounds', () => {
    const renderer = new PacketRenderer(() => {
      throw new Error('nothing to decode');
    }, SETTINGS);
    const packet = { bus: '1/0', sequence: 1, timestamp: 0, csrc: toCsrc(BASE), arrivedAtMs: 0 };
    expect(renderer.push({ ...packet, payload: Uint8Array.of(0x78, 1) })).toBeNull();
    expect(renderer.render(new Float32Array(BLOCK), 0)).toBeNull();
  });
});

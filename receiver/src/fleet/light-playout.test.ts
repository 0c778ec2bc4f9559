import {
  playTrace,
  toBusPacket,
  tracePackets,
  TRACE_SETTINGS,
  TRACE_START_MS,
} from '../../../shared/test/support/playout-trace.ts';
import { toCsrc } from '@loa/shared/protocol/csrc';
import { describe, expect, it } from 'vitest';
import { LightPlayout, type HeardChange } from './light-playout.ts';
import { readRtpHeader } from './rtp-header.ts';

const LOW = { rank: 76, tag: 1, value: 100 };
const HIGH = { rank: 220, tag: 2, value: 200, bus: 'root' };
type Trace = ReturnType<typeof tracePackets>;

function play(packets: Trace, untilMs: number, settings = TRACE_SETTINGS) {
  const changes: HeardChange[] = [];
  const playout = new LightPlayout(settings, (change) => changes.push(change));
  const firsts: number[] = [];
  const heardMs = new Map<number, number>();
  const pending = [...packets].sort((a, b) => a.arrivalMs - b.arrivalMs);
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 10) {
    while (pending[0] && pending[0].arrivalMs <= nowMs) {
      const packet = pending.shift();
      if (packet === undefined) break;
      const arrival = { ...toBusPacket(packet), csrc: packet.csrc };
      if (playout.note(packet.bus, arrival, TRACE_START_MS + packet.arrivalMs)) firsts.push(arrival.label.tag);
    }
    for (const rendered of playout.advance(TRACE_START_MS + nowMs)) {
      heardMs.set(rendered.tag, (heardMs.get(rendered.tag) ?? 0) + rendered.audibleMs);
    }
  }
  const timeline = changes.map(({ atMs, sounding }) => [
    Math.round(atMs - TRACE_START_MS),
    sounding.map((entry) => `${entry.tag} ${entry.role}`).join(),
  ]);
  return { playout, timeline, firsts, heardMs };
}

const ended = (packets: Trace): Trace =>
  packets.map((packet, index) => ({ ...packet, marker: index >= packets.length - 3 }));

describe('a light receiver', () => {
  it('PO41: counts what comes over two paths once, and what neither brings as lost', () => {
    const all = tracePackets({ ...HIGH, fromMs: 0, untilMs: 1_000 });
    const first = all.filter(({ stampMs }) => stampMs !== 200 && stampMs !== 400);
    const second = all
      .filter(({ stampMs }) => stampMs !== 400)
      .map((packet) => ({
        ...packet,
        bus: 'second',
        sequence: packet.sequence + 300,
        arrivalMs: packet.arrivalMs + 5,
      }));
    const { playout, heardMs } = play([...first, ...ended(second)], 1_500);
    expect(playout.stats).toMatchObject({ packets: 49, lostPackets: 1, latePackets: 0 });
    expect(heardMs.get(2)).toBeGreaterThan(900);
  });

  it('PO41: takes the end over one path for the end, however slow the other one is', () => {
    const high = ended(tracePackets({ ...HIGH, fromMs: 300, untilMs: 600 }));
    const slow = high.map((packet) => ({ ...packet, bus: 'second', arrivalMs: packet.arrivalMs + 400 }));
    const { timeline, playout } = play(
      [...tracePackets({ ...LOW, fromMs: 0, untilMs: 1_000 }), ...high, ...slow],
      1_400,
    );
    expect(timeline).toEqual([
      [60, '1 main'],
      [360, '2 main'],
      [620, '1 main'],
    ]);
    expect(playout.stats).toMatchObject({ packets: 65, latePackets: 0 });
  });

  it('PO10: hears what a real one renders, switching at the same samples', () => {
    const packets = [
      ...tracePackets({ ...LOW, fromMs: 0, untilMs: 1_000 }),
      ...ended(tracePackets({ ...HIGH, fromMs: 300, untilMs: 600 })),
    ];
    const { timeline, firsts, heardMs } = play(packets, 2_000);
    expect(timeline).toEqual([
      [60, '1 main'],
      [360, '2 main'],
      [620, '1 main'],
      [1_560, ''],
    ]);
    expect(firsts).toEqual([1, 2]);
    expect(heardMs.get(2)).toBeCloseTo(260, 0);
    const real = playTrace(packets, 2_000).blocks.flatMap((block) => block.rendered);
    const mostly = real.filter((entry) => entry.tag === 2).reduce((sum, entry) => sum + entry.audibleMs, 0);
    expect(Math.abs(mostly - (heardMs.get(2) ?? 0))).toBeLessThan(15);
  });

  it('PO7, PO12: overlays duck, and what is muted is not heard', () => {
    const packets = [
      ...tracePackets({ ...LOW, fromMs: 0, untilMs: 400 }),
      ...ended(tracePackets({ ...HIGH, rank: 140, overlay: true, fromMs: 100, untilMs: 300 })),
    ];
    expect(play(packets, 460).timeline).toEqual([
      [60, '1 main'],
      [160, '2 overlay,1 ducked'],
      [320, '1 main'],
    ]);
    expect(play(packets, 460, { ...TRACE_SETTINGS, muted: true }).timeline).toEqual([]);
  });

  it('PO3: counts losses once and duplicates never, and knows a broadcast that comes back', () => {
    const packets = tracePackets({ ...LOW, fromMs: 0, untilMs: 400 }).filter((packet) => packet.stampMs !== 100);
    const again = packets.map((packet) => ({ ...packet, arrivalMs: packet.arrivalMs + 5 }));
    const later = tracePackets({ ...LOW, fromMs: 2_000, untilMs: 2_200, firstSequence: 100 });
    const { playout, firsts } = play([...packets, ...again, ...later], 3_000);
    expect(playout.stats).toMatchObject({ packets: 29, lostPackets: 1 });
    expect(firsts).toEqual([1]);
  });
});

describe('header of an encrypted packet', () => {
  const datagram = Buffer.alloc(40);
  datagram[0] = 0x81;
  datagram[1] = 0x80 | 111;
  datagram.writeUInt16BE(65_000, 2);
  datagram.writeUInt32BE(4_000_000_000, 4);
  datagram.writeUInt32BE(123, 8);
  datagram.writeUInt32BE(toCsrc({ rank: 220, overlay: true, tag: 9 }), 12);

  it('is read without decrypting anything', () => {
    expect(readRtpHeader(datagram)).toMatchObject({
      sequence: 65_000,
      timestamp: 4_000_000_000,
      ssrc: 123,
      csrc: toCsrc({ rank: 220, overlay: true, tag: 9 }),
      marker: true,
    });
  });

  it('is not found in RTCP, STUN, DTLS or a stump', () => {
    const rtcp = Buffer.from(datagram);
    rtcp[1] = 201;
    const stun = Buffer.from(datagram);
    stun[0] = 0x01;
    for (const other of [rtcp, stun, Buffer.from([22, 254, 253]), datagram.subarray(0, 14)]) {
      expect(readRtpHeader(other)).toBeNull();
    }
  });
});

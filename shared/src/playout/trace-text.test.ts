import { describe, expect, it } from 'vitest';
import { TRACE_SETTINGS, TRACE_START_MS } from '../../test/support/playout-trace.ts';
import { fromCsrc, toCsrc } from '../protocol/csrc.ts';
import { END_PAYLOAD } from '../protocol/stand-in.ts';
import { readTrace, TraceWriter, type TraceEvent } from './trace-text.ts';

const label = fromCsrc(toCsrc({ rank: 76, overlay: true, tag: 9 }));
const sound = Uint8Array.of(0x48, 0xff, 1, 2, 3, 4);
const packet = { bus: '1/zone', sequence: 65_535, timestamp: 4_294_967_000, label, marker: false, payload: sound };

const EVENTS: readonly TraceEvent[] = [
  { kind: 'settings', settings: { ...TRACE_SETTINGS, delayMove: { previousMs: 60, fromMs: TRACE_START_MS + 5 } } },
  { kind: 'door', url: 'http://127.0.0.1:3001' },
  { kind: 'guess', atMs: TRACE_START_MS - 0.5, serverTimeMs: TRACE_START_MS + 90.25 },
  {
    kind: 'answer',
    sample: { sentAtMs: TRACE_START_MS + 1, serverTimeMs: TRACE_START_MS + 97, receivedAtMs: TRACE_START_MS + 4 },
  },
  { kind: 'pilot', atMs: TRACE_START_MS + 9, pilot: { run: 'a-run', clock: 3, serverTimeMs: TRACE_START_MS + 101 } },
  { kind: 'packet', atMs: TRACE_START_MS + 1_003.0478515625, packet },
  {
    kind: 'packet',
    atMs: TRACE_START_MS + 1_004,
    packet: { ...packet, sequence: 0, marker: true, payload: END_PAYLOAD },
  },
  { kind: 'interruption', untilNow: true },
  { kind: 'interruption', untilNow: false },
  { kind: 'block', outputMs: TRACE_START_MS + 1_234.567_871_093_75, frames: 471 },
  { kind: 'reset', buses: ['1/zone'] },
];

const write = (events: readonly TraceEvent[], decimals?: number): string[] => {
  const writer = new TraceWriter(TRACE_START_MS, decimals);
  return events.flatMap((event) => writer.lines(event));
};

describe('the text of a trace', () => {
  it('says all that was told, to the last bit of a time; of a payload only what names its kind', () => {
    const kept = EVENTS.map((event) =>
      event.kind === 'packet' && event.packet.payload === sound
        ? { ...event, packet: { ...event.packet, payload: sound.subarray(0, 2) } }
        : event,
    );
    expect(readTrace(write(EVENTS), TRACE_START_MS)).toEqual(kept);
  });

  it('keeps a payload of several frames whole, because its length is in its bytes', () => {
    const payload = Uint8Array.of(0xf1, 1, 2, 3, 4);
    const [read] = readTrace(write([{ kind: 'packet', atMs: TRACE_START_MS, packet: { ...packet, payload } }]), 0);
    expect(read).toMatchObject({ packet: { payload } });
  });

  it('is short: names and what follows as usual are said once, times as exactly as is asked for', () => {
    const one = { kind: 'packet', atMs: TRACE_START_MS + 1.26, packet } as const;
    const next = { ...packet, sequence: 0, timestamp: (packet.timestamp + 960) >>> 0 };
    const two = { kind: 'packet', atMs: TRACE_START_MS + 21, packet: next } as const;
    const celt = { ...two, packet: { ...next, payload: Uint8Array.of(0xf8, 9) } };
    const [, , ...lines] = write([one, two, celt], 1);
    expect(lines).toEqual(['p 1.3 0 65535 4294967000 0 48ff', 'p 21 0', 'p 21 0 0 664 0 f8']);
    expect(readTrace(write([one, two]), TRACE_START_MS)[1]).toMatchObject({ packet: { sequence: 0, timestamp: 664 } });
  });

  it('what cannot be read is named with its line', () => {
    expect(() => readTrace(['b 12'], 0)).toThrow('line 1 of the trace is cut off');
    expect(() => readTrace(['b 12 480', 'b x 480'], 0)).toThrow('line 2 of the trace has no number');
    expect(() => readTrace(['z'], 0)).toThrow('unknown letter');
  });
});

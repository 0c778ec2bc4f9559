import { describe, expect, it } from 'vitest';
import { TraceWriter, readTrace, type TraceEvent } from '@loa/shared/playout/trace-text';
import {
  playTrace,
  TRACE_SETTINGS,
  TRACE_START_MS,
  traceDecoder,
  tracePackets,
} from '../../../shared/test/support/playout-trace.ts';
import { replayTrace } from '../../../shared/test/support/replay-trace.ts';
import { TracedClock } from './traced-clock.ts';
import { TracedEngine } from './traced-engine.ts';

const START_MS = TRACE_START_MS - 3;

function toLines(events: readonly TraceEvent[]): string[] {
  const writer = new TraceWriter(START_MS);
  return events.flatMap((event) => writer.lines(event));
}

describe('a trace', () => {
  it('PO1: from what an engine was told another one makes the same samples', () => {
    const events: TraceEvent[] = [];
    const engine = new TracedEngine(traceDecoder, TRACE_SETTINGS, (event) => events.push(event));
    const voice = tracePackets({ rank: 76, tag: 1, value: 200, fromMs: 0, untilMs: 900 });
    const packets = [
      // One is lost, one comes late by a fraction of a tick, one is a stand-in, the last one ends it.
      ...voice.filter((_, n) => n !== 7).map((packet, n) => ({ ...packet, arrivalMs: packet.arrivalMs + n / 7 })),
      ...tracePackets({ rank: 140, tag: 2, overlay: true, bus: 'b', value: 90, fromMs: 200, untilMs: 400 }),
    ].map((packet) => ({
      ...packet,
      standIn: packet.stampMs === 600,
      marker: packet.bus === 'b' && packet.stampMs === 380,
    }));
    engine.configure({ ...TRACE_SETTINGS, volume: 80 });
    const played = playTrace(packets, 600, { engine });
    engine.noteInterruption(true);
    engine.resetBuses((bus) => bus === 'b');
    const after = playTrace(voice.slice(30), 900, { engine, startMs: TRACE_START_MS + 4.25 });
    const lines = toLines(events);
    const replayed = replayTrace({ lines, startMs: START_MS }, traceDecoder);
    const join = (blocks: readonly { samples: Float32Array }[]) => blocks.flatMap(({ samples }) => [...samples]);
    expect(join(replayed.blocks)).toEqual(join([...played.blocks, ...after.blocks]));
    expect(replayed.stats).toEqual(engine.stats());
    expect(replayed.stats.lostPackets).toBeGreaterThan(0);
    expect(join(replayed.blocks).some((sample) => sample > 0.1)).toBe(true);
    expect(new Set(lines.map((line) => line[0]))).toEqual(new Set(['s', 'u', 'l', 'p', 'b', 'i', 'r']));
  });

  it('PO21: from what a clock was told another one knows the same time', () => {
    const events: TraceEvent[] = [];
    let nowMs = TRACE_START_MS;
    const clock = new TracedClock(
      (event) => events.push(event),
      () => nowMs,
    );
    clock.follow('http://127.0.0.1:3001');
    clock.guess(TRACE_START_MS + 120);
    for (let n = 0; n < 20; n += 1) {
      nowMs += 100.25;
      clock.note({ sentAtMs: nowMs - 3 - n / 8, serverTimeMs: nowMs + 97.5, receivedAtMs: nowMs });
      clock.notePilot({ run: 'run', clock: n < 10 ? 0 : 1, serverTimeMs: nowMs + 90 }, nowMs);
    }
    const again = new TracedClock(
      () => undefined,
      () => nowMs,
    );
    for (const event of readTrace(toLines(events), START_MS)) {
      if (event.kind === 'door') again.follow(event.url);
      if (event.kind === 'guess') again.guess(event.serverTimeMs);
      if (event.kind === 'answer') again.note(event.sample);
      if (event.kind === 'pilot') again.notePilot(event.pilot, event.atMs);
    }
    expect(again.toServer(nowMs)).toBe(clock.toServer(nowMs));
    expect(again.estimate).toEqual(clock.estimate);
    expect(clock.toServer(nowMs)).not.toBe(nowMs);
  });
});

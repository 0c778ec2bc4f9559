import type { Bench } from './run.ts';
import { toneAmplitudes } from '../receiver/test/support/sound.ts';
import { type HeardSound, monotonicNow, openSoundRoom } from '../receiver/test/support/sound-room.ts';
import { startBenchStack } from './support/bench-stack.ts';
import { type DuckEdge, edgeWithin, findDuckEdges } from './support/duck-edges.ts';
import { percentile, progress, round, sleep } from './support/figures.ts';
import { endProcess } from './support/processes.ts';
import { spawnReceiver, untilReceivers, zoneIdOf } from './support/real-receiver.ts';
import { startBroadcast, stopBroadcast, toneWav, uploadSegment } from './support/stored-speech.ts';

const WARD = '26506';
const PREFIX = 'bench-duck-';
const [LOW_HZ, OVER_HZ] = [1_000, 3_000];
/** Whole periods of both tones. */
const WINDOW_MS = 4;
const JOIN_TIMEOUT_MS = 30_000;
const SETTLE_MS = 10_000;
/** Longer than the ramps of 200 and 600 ms, and after a command nothing else is heard for so long. */
const HELD_MS = 1_500;

/** When an edge was heard at each loudspeaker, in ms of one clock; null where it was not. */
type HeardEdge = readonly (number | null)[];

interface Command {
  readonly kind: DuckEdge['kind'];
  readonly atMs: number;
}

function heardEdges(heard: readonly HeardSound[], commands: readonly Command[], delayMs: number): HeardEdge[] {
  const perSpeaker = heard.map(({ samples, startMs, samplesPerMs }) => {
    // Windows are those of the sound; what the recording's clock is off by is less than a sample in one of them.
    const msOf = (nominalMs: number): number => startMs + (nominalMs * 48) / samplesPerMs;
    const edges = findDuckEdges(toneAmplitudes(samples, LOW_HZ, WINDOW_MS * 48), WINDOW_MS);
    return edges.map((edge) => ({ ...edge, atMs: msOf(edge.atMs) }));
  });
  return commands.map(({ kind, atMs }) => {
    const within = { fromMs: atMs, untilMs: atMs + delayMs + HELD_MS };
    return perSpeaker.map((edges) => edgeWithin(edges, kind, within)?.atMs ?? null);
  });
}

/** The distance of the first and the last of those that heard it; null unless all did. */
function spreadOf(edge: HeardEdge): number | null {
  const times = edge.filter((atMs) => atMs !== null);
  return times.length === edge.length ? Math.max(...times) - Math.min(...times) : null;
}

function figuresOf(edges: readonly HeardEdge[], commands: readonly Command[]) {
  const spreads = edges.map(spreadOf).filter((spread) => spread !== null);
  const latencies = edges.flatMap((edge, n) =>
    edge.filter((at) => at !== null).map((at) => at - (commands[n]?.atMs ?? 0)),
  );
  return {
    spread_p50_ms: round(percentile(spreads, 0.5), 3),
    spread_p95_ms: round(percentile(spreads, 0.95), 3),
    spread_max_ms: round(percentile(spreads, 1), 3),
    after_command_p50_ms: round(percentile(latencies, 0.5), 1),
    lost_edges: edges.flat().filter((at) => at === null).length,
    n: spreads.length,
  };
}

/** How far apart receivers begin to duck a programme below an overlay, and to bring it back up. */
export const bench: Bench = async (options) => {
  const count = Number(options.get('receivers') ?? 4);
  const rounds = Number(options.get('rounds') ?? 20);
  const delayMs = Number(options.get('delay') ?? 200);
  const room = await openSoundRoom(count);
  const stack = await startBenchStack({ playoutDelayMs: delayMs });
  const receivers = Array.from({ length: count }, (_, speaker) =>
    spawnReceiver(stack, {
      id: `${PREFIX}${speaker}`,
      zone: WARD,
      settings: { ...room.environmentOf(speaker), RECEIVER_SINK: 'pulse' },
    }),
  );
  try {
    const seconds = Math.ceil((rounds * (2 * (HELD_MS + delayMs) + 1_000)) / 1_000) + 60;
    const sourceOf = async (hz: number, length: number) => {
      const { segmentId, durationMs } = await uploadSegment(stack, toneWav(length, hz, { steady: true }), `${hz} Hz`);
      return { kind: 'segment', segmentId, durationMs };
    };
    const [low, over] = [await sourceOf(LOW_HZ, seconds), await sourceOf(OVER_HZ, 30)];
    const zones = [zoneIdOf(stack, WARD)];
    await startBroadcast(stack, { title: 'programme', source: low, zones });
    await untilReceivers(stack, { prefix: PREFIX, count, what: 'sounding', timeoutMs: JOIN_TIMEOUT_MS });
    await sleep(SETTLE_MS);
    room.takeStallMs();
    const commands: Command[] = [];
    for (let n = 0; n < rounds; n += 1) {
      // Not in step with the frames.
      await sleep(Math.random() * 40);
      commands.push({ kind: 'duck', atMs: monotonicNow() });
      const overlay = await startBroadcast(stack, { title: 'overlay', source: over, zones, level: 2, mode: 'overlay' });
      await sleep(HELD_MS + delayMs);
      commands.push({ kind: 'unduck', atMs: monotonicNow() });
      await stopBroadcast(stack, overlay.broadcastId);
      await sleep(HELD_MS + delayMs);
      progress(`round ${n + 1} of ${rounds}`);
    }
    const stallMs = room.takeStallMs();
    const edges = heardEdges(room.heard(), commands, delayMs);
    const of = (kind: DuckEdge['kind']) => {
      const isWanted = (_: unknown, n: number): boolean => commands[n]?.kind === kind;
      return figuresOf(edges.filter(isWanted), commands.filter(isWanted));
    };
    return {
      ...figuresOf(edges, commands),
      duck: of('duck'),
      unduck: of('unduck'),
      receivers: count,
      rounds,
      delay_ms: delayMs,
      stall_ms: round(stallMs, 0),
    };
  } finally {
    await Promise.all(receivers.map(endProcess));
    await stack.close();
    await room.close();
  }
};

import type { ReceiverView } from '@loa/shared/protocol/receivers';

/** So far back loss is judged: an hour-old fault of the line is no trouble of now. */
const WINDOW_MS = 3 * 60_000;
/** Reports come every 2 s; fewer samples judge as well. */
const SAMPLE_MS = 10_000;

interface Sample {
  readonly at: number;
  readonly packets: number;
  readonly lostPackets: number;
}

/** Counters of receivers over the last minutes, by id, oldest first; the last one is always the newest report. */
export type LossHistory = ReadonlyMap<string, readonly Sample[]>;

/** The history with what the receivers say now; those that are gone leave it. */
export function withReports(history: LossHistory, receivers: Iterable<ReceiverView>): LossHistory {
  const next = new Map<string, readonly Sample[]>();
  for (const { receiverId, report } of receivers)
    if (report) next.set(receiverId, withSample(history.get(receiverId) ?? [], report));
  return next;
}

/** Share of packets lost over the window, 0 to 1; nothing is known of it with one report. */
export function recentLossOf(history: LossHistory, receiverId: string): number {
  const samples = history.get(receiverId) ?? [];
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return 0;
  const lost = last.lostPackets - first.lostPackets;
  const all = last.packets - first.packets + lost;
  return all <= 0 ? 0 : lost / all;
}

function withSample(samples: readonly Sample[], { at, packets, lostPackets }: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last?.at === at) return samples;
  const sample = { at, packets, lostPackets };
  // Counters begin anew with the receiver's process.
  if (last && (packets < last.packets || lostPackets < last.lostPackets)) return [sample];
  const before = samples.at(-2);
  // The newest takes the place of one that came soon after the one before it.
  const kept = last && before && last.at - before.at < SAMPLE_MS ? samples.slice(0, -1) : samples;
  return [...kept.filter((old) => at - old.at <= WINDOW_MS), sample];
}

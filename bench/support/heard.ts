import { createFleet, type Fleet } from '../../receiver/src/fleet/create-fleet.ts';
import type { ServerClock } from '../../receiver/src/session/server-clock.ts';
import type { BenchStack } from './bench-stack.ts';
import { progress, sleep } from './figures.ts';

/** What each receiver of a fleet sounds, as it changes. */
interface HeardSpan {
  readonly tag: number | null;
  readonly fromMs: number;
}

/** Joining them takes about as long as joining the first paths. */
const SECOND_PATHS_WAIT_MS = 180_000;

/** A fleet at each node, whose ears are listened to. Times are in server time, ms. */
export interface ListeningFleet {
  /** Server time as the receivers of the first node know it; nodes on one machine have the same. */
  readonly clock: ServerClock;
  /** When each receiver first sounded `tag`; those that did not are missing. */
  firstSounds(tag: number): number[];
  /** For how long receivers that already sounded `tag` sounded something else before `untilMs`, summed. */
  wrongMs(tag: number, untilMs: number): number;
  /** Waits until all sound it; throws after `timeoutMs`. */
  untilAllSound(tag: number, timeoutMs: number): Promise<void>;
  untilNoneSounds(timeoutMs: number): Promise<void>;
  /** Packets of sound at all receivers so far, repeated ones too, and those that never came although later ones did. */
  counted(): { readonly arrived: number; readonly lost: number };
  forget(): void;
  close(): Promise<void>;
}

/** @param secondPaths PO40: each receiver also holds a path to another node; waits for all of them. */
export async function openListeningFleet(
  stack: BenchStack,
  count: number,
  secondPaths = false,
): Promise<ListeningFleet> {
  const spans = new Map<string, HeardSpan[]>();
  let arrived = 0;
  const clusters = stack.zonesOf('cluster').map(({ id }) => id);
  // Spread over the city: neighbours in the list stand in the same ward. The nodes take turns, so each has some in every ward.
  const zones = Array.from(
    { length: count },
    (_, index) => clusters[Math.floor((index * clusters.length) / count)] ?? '',
  );
  progress(`joining ${count} receivers …`);
  const openFleet = (doorUrl: string, node: number): Fleet => {
    const here = zones.filter((_, index) => index % stack.nodes.length === node);
    return createFleet({
      doorUrl,
      token: stack.token,
      zones: here,
      count: here.length,
      secondPaths,
      prefix: `bench-${count}-${node + 1}`,
      onPacket: () => (arrived += 1),
      onHeard(receiver, { atMs, sounding }) {
        const main = sounding.find(({ role }) => role !== 'ducked');
        const list = spans.get(receiver.id) ?? [];
        list.push({ tag: main?.tag ?? null, fromMs: atMs });
        spans.set(receiver.id, list);
      },
    });
  };
  const fleets = stack.nodes.map(({ url }, node) => openFleet(url, node));
  const receivers = fleets.flatMap((fleet) => fleet.receivers);
  await Promise.all(fleets.map((fleet) => fleet.ready()));

  const until = async (done: () => boolean, timeoutMs: number, what: string) => {
    const deadline = Date.now() + timeoutMs;
    while (!done()) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
      await sleep(5);
    }
  };
  if (secondPaths) {
    const joined = () => fleets.reduce((sum, fleet) => sum + fleet.withSecondPath, 0);
    await until(() => joined() === count, SECOND_PATHS_WAIT_MS, 'all second paths');
  }
  await sleep(2_000);
  const nowOf = (list: readonly HeardSpan[]) => list.at(-1)?.tag ?? null;
  const firstIn = (list: readonly HeardSpan[], tag: number) => list.findIndex((span) => span.tag === tag);

  const [first] = fleets as [Fleet];
  return {
    clock: first.clock,
    firstSounds: (tag) => [...spans.values()].flatMap((list) => list[firstIn(list, tag)]?.fromMs ?? []),
    wrongMs(tag, untilMs) {
      let wrong = 0;
      for (const list of spans.values()) {
        const first = firstIn(list, tag);
        if (first < 0) continue;
        for (let i = first + 1; i < list.length; i++) {
          const span = list[i];
          const end = Math.min(list[i + 1]?.fromMs ?? untilMs, untilMs);
          if (span && span.tag !== tag && span.tag !== null && span.fromMs < untilMs) wrong += end - span.fromMs;
        }
      }
      return wrong;
    },
    untilAllSound: (tag, timeoutMs) =>
      until(
        () => spans.size >= count && [...spans.values()].every((list) => nowOf(list) === tag),
        timeoutMs,
        `all ${count} receivers sound ${tag}`,
      ),
    untilNoneSounds: (timeoutMs) =>
      until(() => [...spans.values()].every((list) => nowOf(list) === null), timeoutMs, 'silence'),
    counted: () => ({ arrived, lost: receivers.reduce((sum, { lostPackets }) => sum + lostPackets, 0) }),
    forget() {
      for (const [id, list] of spans) spans.set(id, list.slice(-1));
    },
    async close() {
      await Promise.all(fleets.map((fleet) => fleet.close()));
    },
  };
}

import { randomUUID } from 'node:crypto';
import type { ZoneId } from '@loa/shared/ids';
import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import type { BenchStack } from './support/bench-stack.ts';
import { startBenchStack } from './support/bench-stack.ts';
import { progress, round, sleep } from './support/figures.ts';
import { startBroadcast, startRequest, toneWav, uploadSegment } from './support/stored-speech.ts';
import type { Bench } from './run.ts';

const BROADCASTS = 10;
const DOOR_CLIENTS = 4;

/** Opens the buses on the path of every cluster: listeners that never finish joining are enough for that. */
async function openAllBuses(stack: BenchStack, paths: ReadonlyArray<readonly ZoneId[]>): Promise<void> {
  const fingerprint = { algorithm: 'sha-256' as const, value: Array(32).fill('AA').join(':') };
  for (const path of paths) {
    const pathId = randomUUID();
    const streams = path.map((zoneId, index) => ({ mid: String(index), of: { kind: 'bus' as const, zoneId } }));
    await stack.pump.ask('whep:open', {
      pathId,
      dtls: { role: 'client', fingerprints: [fingerprint] },
      payloadType: 111,
      streams,
    });
    await stack.pump.ask('whep:close', { pathId });
  }
}

/** Delay of the pump's event loop while ten broadcasts run on all buses and the door is kept busy. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 60);
  const stack = await startBenchStack();
  try {
    const tree = buildZoneTree([...stack.zones]);
    if (!tree.ok) throw new Error('zone tree');
    const clusters = stack.zonesOf('cluster');
    progress(`opening the buses of ${clusters.length} clusters …`);
    await openAllBuses(
      stack,
      clusters.map(({ id }) => tree.value.pathTo(id)),
    );
    const segment = await uploadSegment(stack, toneWav(seconds + 30, 440), 'bench');
    const source = { kind: 'segment', segmentId: segment.segmentId, durationMs: segment.durationMs };
    for (let n = 0; n < BROADCASTS; n++) {
      const zones = clusters.filter((_, index) => index % BROADCASTS === n).map(({ id }) => id);
      await startBroadcast(stack, { title: `bench ${n}`, source, zones });
    }
    let busy = true;
    let requests = 0;
    const preview = startRequest({ title: 'preview', source, zones: [tree.value.root], level: 3 });
    const keepBusy = async () => {
      while (busy) {
        await (await stack.api('/api/v1/receivers')).text();
        await (await stack.api('/api/v1/broadcasts/preview', preview)).text();
        await (await stack.api('/api/v1/openapi.json')).text();
        requests += 3;
      }
    };
    const clients = Array.from({ length: DOOR_CLIENTS }, keepBusy);
    await sleep(2_000);
    const before = await stack.pump.ask('stats', null);
    progress(`measuring ${seconds} s …`);
    await sleep(seconds * 1_000);
    const after = await stack.pump.ask('stats', null);
    busy = false;
    await Promise.all(clients);
    return {
      p50_ms: after.loopDelayMs.p50,
      p999_ms: after.loopDelayMs.p999,
      max_ms: after.loopDelayMs.max,
      seconds,
      broadcasts: after.programs,
      buses: after.buses,
      bus_packets_per_s: round((after.busPackets - before.busPackets) / seconds, 0),
      door_requests_per_s: round(requests / seconds, 0),
    };
  } finally {
    await stack.close();
  }
};

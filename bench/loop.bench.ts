import { buildZoneTree } from '@loa/shared/zones/zone-tree';
import { startBenchStack } from './support/bench-stack.ts';
import { progress, round, sleep } from './support/figures.ts';
import { openListeningFleet } from './support/heard.ts';
import { startBroadcast, startRequest, toneWav, uploadSegment } from './support/stored-speech.ts';
import type { Bench } from './run.ts';

const BROADCASTS = 10;
const DOOR_CLIENTS = 4;

/** Delay of the pump's event loop while ten broadcasts run, each cluster has its receiver, and the door is kept busy. */
export const bench: Bench = async (options) => {
  const seconds = Number(options.get('seconds') ?? 60);
  const stack = await startBenchStack();
  try {
    const tree = buildZoneTree([...stack.zones]);
    if (!tree.ok) throw new Error('zone tree');
    const clusters = stack.zonesOf('cluster');
    const listening = await openListeningFleet(stack, clusters.length);
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
    if (after.busPackets === before.busPackets) throw new Error('nothing was on air while it was measured');
    busy = false;
    await Promise.all(clients);
    await listening.close();
    return {
      p50_ms: after.loopDelayMs.p50,
      p999_ms: after.loopDelayMs.p999,
      max_ms: after.loopDelayMs.max,
      seconds,
      broadcasts: after.programs,
      buses: after.buses,
      receivers: clusters.length,
      bus_packets_per_s: round((after.busPackets - before.busPackets) / seconds, 0),
      door_requests_per_s: round(requests / seconds, 0),
    };
  } finally {
    await stack.close();
  }
};

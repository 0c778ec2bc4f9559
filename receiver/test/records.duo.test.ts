import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCsrc } from '@loa/shared/protocol/csrc';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { afterEach, describe, expect, it } from 'vitest';
import { LoopbackDoor, serverNow, TEST_TOKEN } from './support/loopback-door.ts';
import { startSite, tonePackets } from './support/site.ts';
import { waitFor } from './support/wait-for.ts';

const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('a receiver that cannot read the records of earlier', () => {
  it('PO20: starts, says so in its reports, plays, and sends the records of what it plays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loa-unreadable-'));
    mkdirSync(join(folder, 'records.jsonl'));
    const door = await new LoopbackDoor().open();
    closing.push(() => door.close());
    const { receiver } = await startSite({ url: door.url, token: TEST_TOKEN }, 'zone-cluster', {
      RECEIVER_DATA_DIR: folder,
    });
    closing.push(() => receiver.close());
    await waitFor(() => door.reports.at(-1)?.path !== 'up' && 'the path');
    const packets = await tonePackets();
    const startMs = Math.round(serverNow()) + 200;
    for (let n = 0, heard = false; !heard; n += 1) {
      await waitFor(() => startMs + n * 20 > serverNow() && 'time');
      const payload = packets[n % packets.length] ?? new Uint8Array(0);
      const csrc = toCsrc({ rank: 76, overlay: false, tag: 5 });
      door.media?.send('zone-ward', { timestamp: toTimestamp(startMs + n * 20), csrc, payload });
      heard = door.reports.at(-1)?.sounding[0]?.tag === 5;
    }
    expect(door.reports.at(-1)?.problem).toContain('could not be read');
    await waitFor(() => door.records.size === 0 && 'the record');
    expect(readdirSync(folder).filter((name) => name.includes('unreadable'))).toHaveLength(1);
  });
});

import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrame } from '../link/framing.ts';
import { createLinkClient } from '../link/link-client.ts';
import type { Notice } from '../link/messages.ts';
import { createToldMeanwhile } from './told-meanwhile.ts';

const closers: Array<() => unknown> = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

const NODE = { node: 'b', door: null, draining: false, full: false, away: false };

describe('NP1: what a pump tells together with its answer', () => {
  it('is heard after the answer, which is older', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'told-'));
    closers.push(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'link.sock');
    const pump = createServer((socket) => {
      const reader = createFrameReader((frame) => {
        const answer = encodeFrame({ id: (frame as { id: number }).id, ok: true, answer: { nodes: [] } });
        socket.write(Buffer.concat([answer, encodeFrame({ notice: { type: 'nodes', nodes: [NODE] } })]));
      });
      socket.on('data', (chunk: Buffer) => reader.push(chunk));
    });
    await new Promise<void>((resolve) => pump.listen(path, resolve));
    closers.push(() => pump.close());

    const lists: string[][] = [];
    const note = (nodes: readonly { node: string }[]) => void lists.push(nodes.map(({ node }) => node));
    const told = createToldMeanwhile<Notice>((notice) => notice.type === 'nodes' && note(notice.nodes));
    const greeted = Promise.withResolvers<void>();
    const link = createLinkClient(
      path,
      {
        async onConnected(to) {
          await told.during(to.ask('nodes:list', null), ({ nodes }) => note(nodes));
          greeted.resolve();
        },
        onNotice: (notice) => told.note(notice),
        onDisconnected: () => undefined,
      },
      pino({ level: 'silent' }),
    );
    closers.push(() => link.close());
    await greeted.promise;
    expect(lists).toEqual([[], ['b']]);
  });

  it('is heard also when no answer comes, and at once when none is waited for', async () => {
    const heard: string[] = [];
    const told = createToldMeanwhile<string>((notice) => void heard.push(notice));
    told.note('before');
    const gone = told.during(Promise.reject(new Error('the pump went away')), () => heard.push('answer'));
    told.note('meanwhile');
    await expect(gone).rejects.toThrow('went away');
    told.note('after');
    expect(heard).toEqual(['before', 'meanwhile', 'after']);
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { announceReady } from './announce.ts';
import { restartDelayMs } from './backoff.ts';
import { isNoteworthy, openLogFile, toHumanLine } from './log-file.ts';
import { nodesOf, type StartNode } from './nodes.ts';
import { doorProgram, receiverPrograms, studioProgram } from './programs.ts';
import { readStartSettings } from './settings.ts';

describe('settings of the starter', () => {
  it('need nothing, and stay on loopback', () => {
    const settings = readStartSettings({});
    expect(settings).toMatchObject({
      databaseUrl: null,
      door: { host: '127.0.0.1', port: 3_001, url: 'http://127.0.0.1:3001' },
      media: { host: '127.0.0.1', port: 44_400 },
      studio: { url: 'http://127.0.0.1:3000', doorUrl: 'http://127.0.0.1:3001' },
    });
    expect(settings.linkPath).toBe(`${settings.dataDir}/run/pump.sock`);
  });

  it('let the studio of another port use the door', () => {
    expect(readStartSettings({ STUDIO_PORT: '4000' }).studioOrigins).toBe(
      'http://localhost:4000,http://127.0.0.1:4000',
    );
  });

  it('give programs of this machine an address that they can open', () => {
    expect(readStartSettings({ SFU_HOST: '0.0.0.0' }).door.url).toBe('http://127.0.0.1:3001');
    expect(readStartSettings({ SFU_HOST: '::' }).door.url).toBe('http://[::1]:3001');
  });

  it('report all mistakes together', () => {
    const mistakes = { SFU_PORT: '70000', STUDIO_PORT: 'http', DATABASE_URL: 'mysql://x' };
    expect(() => readStartSettings(mistakes)).toThrow(/DATABASE_URL[\s\S]*SFU_PORT[\s\S]*STUDIO_PORT/);
  });
});

describe('the log of a program', () => {
  const MEGABYTE = 'x'.repeat(1_000_000);

  it('takes nothing down with it when the disk is full', async () => {
    const log = openLogFile('/dev/full');
    for (let n = 0; n < 3; n++) {
      log.write(MEGABYTE);
      await new Promise((resolve) => setImmediate(resolve));
    }
    log.close();
  });

  it('begins anew when it is full, also in a folder that was removed meanwhile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loa-log-'));
    const path = join(folder, 'logs', 'pump.log');
    const log = openLogFile(path);
    for (let n = 0; n < 20; n++) log.write(MEGABYTE);
    await vi.waitFor(() => expect(statSync(path).size).toBe(20_000_020));
    rmSync(folder, { recursive: true });
    log.write('after');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('after\n'));
    log.close();
    rmSync(folder, { recursive: true });
  });
});

describe('programs', () => {
  const settings = readStartSettings({ SFU_PORT: '4001', LOA_DATA_DIR: '/srv/loa' });

  it('agree on the addresses', () => {
    const [node] = nodesOf(settings) as [StartNode];
    expect(doorProgram(node, 'postgresql://x/y').env).toMatchObject({
      SFU_PORT: '4001',
      DATABASE_URL: 'postgresql://x/y',
    });
    expect(studioProgram(node).env).toMatchObject({ PORT: '3000', STUDIO_DOOR_URL: 'http://127.0.0.1:4001' });
    for (const { env } of receiverPrograms(settings, [settings.door.url])) {
      expect(env).toMatchObject({
        RECEIVER_DOOR_URL: 'http://127.0.0.1:4001',
        RECEIVER_TOKEN_FILE: '/srv/loa/access-token',
      });
    }
  });

  it('run three receivers in three zones, each with a file of its own', () => {
    const receivers = receiverPrograms(settings, [settings.door.url]);
    for (const name of ['RECEIVER_ID', 'RECEIVER_ZONE', 'RECEIVER_WAV_PATH', 'RECEIVER_DATA_DIR']) {
      expect(new Set(receivers.map(({ env }) => env[name])).size, name).toBe(3);
    }
  });

  it('give the receivers the token that the user has set', () => {
    const own = readStartSettings({ SFU_ACCESS_TOKEN: 'a'.repeat(24) });
    expect(receiverPrograms(own, [own.door.url]).map(({ env }) => env['RECEIVER_TOKEN'])).toEqual(
      Array(3).fill('a'.repeat(24)),
    );
  });
});

describe('announcement', () => {
  const announce = (environment: NodeJS.ProcessEnv) =>
    announceReady({ settings: readStartSettings(environment), withReceivers: true, clusterDir: null, seconds: 3.21 });

  it('says where to look and listen, and how to stop', () => {
    const text = announce({});
    for (const needed of ['http://127.0.0.1:3000/nghe', '/api/v1/openapi.json', 'demo-phuong-1/out.wav', 'Ctrl-C']) {
      expect(text).toContain(needed);
    }
    expect(text).not.toContain('WARNING');
  });

  it('warns loudly when others can reach it', () => {
    expect(announce({ STUDIO_HOST: '0.0.0.0' })).toMatch(/CẢNH BÁO · WARNING[\s\S]*0\.0\.0\.0/);
  });
});

describe('restarting', () => {
  it('waits longer each time, up to half a minute', () => {
    expect([1, 2, 3, 20].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 30_000]);
  });
});

describe('log lines at the terminal', () => {
  it('are warnings, errors and whatever is no log line', () => {
    expect(isNoteworthy('{"level":30,"msg":"started"}')).toBe(false);
    expect(isNoteworthy('{"level":40,"msg":"odd"}')).toBe(true);
    expect(isNoteworthy('Error: no')).toBe(true);
    expect(isNoteworthy('')).toBe(false);
    expect(isNoteworthy('{broken')).toBe(true);
  });

  it('are shown without their machinery', () => {
    expect(toHumanLine('{"level":50,"msg":"lost","err":{"message":"refused"}}')).toBe('lost: refused');
    expect(toHumanLine('{"level":50}')).toBe('{"level":50}');
    expect(toHumanLine('plain')).toBe('plain');
  });
});

describe('several nodes on one machine', () => {
  it('have ports, folders and a name of their own, and one token and one Redis', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'loa-nodes-'));
    const settings = readStartSettings({
      LOA_DATA_DIR: dataDir,
      LOA_NODES: '2',
      SFU_PUBLIC_URL: 'http://loa.test:3001',
    });
    const [a, b] = nodesOf(settings) as [StartNode, StartNode];
    const studioOrigins = [3_000, 3_010]
      .flatMap((port) => [`http://localhost:${port}`, `http://127.0.0.1:${port}`])
      .join();
    expect(a.settings).toEqual({
      ...settings,
      studioOrigins,
      studio: { ...settings.studio, otherDoorUrls: 'http://loa.test:3002' },
    });
    expect(b.settings).toMatchObject({
      dataDir: join(dataDir, 'nodes', 'b'),
      door: { port: 3_002, url: 'http://127.0.0.1:3002' },
      publicDoorUrl: 'http://loa.test:3002',
      media: { port: 44_500 },
      studio: {
        port: 3_010,
        url: 'http://127.0.0.1:3010',
        doorUrl: 'http://loa.test:3002',
        otherDoorUrls: 'http://loa.test:3001',
      },
      studioOrigins,
    });
    expect([a.env['SFU_NODE_ID'], b.env['SFU_NODE_ID']]).toEqual(['a', 'b']);
    expect(a.env['SFU_ACCESS_TOKEN']).toBe(b.env['SFU_ACCESS_TOKEN']);
    expect(nodesOf(settings)[0]?.env['SFU_ACCESS_TOKEN']).toBe(a.env['SFU_ACCESS_TOKEN']);
    expect(settings.redis).toEqual({ url: 'redis://127.0.0.1:6390', own: { port: 6_390 } });
    expect(doorProgram(b, 'postgresql://x/y').env).toMatchObject({ SFU_PUBLIC_URL: 'http://loa.test:3002' });
    const doors = receiverPrograms(settings, [a.settings.door.url, b.settings.door.url]);
    expect(new Set(doors.map(({ env }) => env['RECEIVER_DOOR_URL'])).size).toBe(2);
    rmSync(dataDir, { recursive: true });
  });

  it('use a Redis that is given to them', () => {
    const settings = readStartSettings({ LOA_NODES: '2', REDIS_URL: 'redis://redis.test' });
    expect(settings.redis).toEqual({ url: 'redis://redis.test', own: null });
    expect(readStartSettings({}).redis.own).toBeNull();
  });
});

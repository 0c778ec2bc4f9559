import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDoorConfig } from '../door/config.ts';
import { readPumpConfig } from '../pump/config.ts';

let dataDir: string;
beforeAll(() => void (dataDir = mkdtempSync(join(tmpdir(), 'loa-config-'))));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const door = (rest: Record<string, string> = {}) =>
  readDoorConfig({ LOA_DATA_DIR: dataDir, DATABASE_URL: 'postgresql://localhost/loa', ...rest });

const pump = (rest: Record<string, string> = {}) => readPumpConfig({ LOA_DATA_DIR: dataDir, ...rest });

describe('settings of the door', () => {
  it('stay on this machine unless told otherwise', () => {
    expect(door()).toMatchObject({ host: '127.0.0.1', port: 3001, openToNetwork: false, playoutDelayMs: null });
  });

  it('another address needs a word of its own, and an address that clients can be told', () => {
    expect(() => door({ SFU_HOST: '192.0.2.1' })).toThrow(/SFU_ALLOW_REMOTE=yes/);
    expect(door({ SFU_HOST: '192.0.2.1', SFU_ALLOW_REMOTE: 'yes' }).openToNetwork).toBe(true);
    expect(() => door({ SFU_HOST: '0.0.0.0', SFU_ALLOW_REMOTE: 'yes' })).toThrow(/SFU_PUBLIC_URL/);
    const open = door({ SFU_HOST: '0.0.0.0', SFU_ALLOW_REMOTE: 'yes', SFU_PUBLIC_URL: 'https://loa.example/' });
    expect(open.publicUrl).toBe('https://loa.example');
  });

  it('name every mistake at once', () => {
    const wrong = { SFU_PORT: 'x', SFU_ACCESS_TOKEN: 'short', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' };
    expect(() => door(wrong)).toThrow(/DATABASE_URL[\s\S]*SFU_PORT[\s\S]*SFU_ACCESS_TOKEN[\s\S]*LOG_LEVEL/);
    expect(() => door({ SFU_PUBLIC_URL: 'ftp://x' })).toThrow(/SFU_PUBLIC_URL/);
  });

  it('the token is made once and only its owner can read it', () => {
    const { accessToken } = door();
    const path = join(dataDir, 'access-token');
    expect(readFileSync(path, 'utf8').trim()).toBe(accessToken);
    expect(accessToken.length).toBeGreaterThanOrEqual(40);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(door().accessToken).toBe(accessToken);
    expect(door({ SFU_ACCESS_TOKEN: 'x'.repeat(24) }).accessToken).toBe('x'.repeat(24));
  });

  it('a token that is too short is replaced, and nobody else can read the new one either', () => {
    const path = join(dataDir, 'access-token');
    writeFileSync(path, 'short\n');
    chmodSync(path, 0o644);
    const { accessToken } = door();
    expect(readFileSync(path, 'utf8').trim()).toBe(accessToken);
    expect(accessToken.length).toBeGreaterThanOrEqual(40);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('a TURN server needs credentials, of one kind', () => {
    const turn = { SFU_ICE_SERVERS: 'stun:stun.example:3478, turn:turn.example?transport=udp' };
    const urls = ['stun:stun.example:3478', 'turn:turn.example?transport=udp'];
    expect(() => door(turn)).toThrow(/SFU_ICE_SERVERS/);
    expect(() => door({ ...turn, SFU_TURN_USERNAME: 'loa' })).toThrow(/SFU_TURN_CREDENTIAL/);
    const fixed = { ...turn, SFU_TURN_USERNAME: 'loa', SFU_TURN_CREDENTIAL: 'pass' };
    expect(door(fixed).iceServers).toEqual({ urls, turn: { kind: 'fixed', username: 'loa', credential: 'pass' } });
    expect(() => door({ ...fixed, SFU_TURN_SECRET: 's' })).toThrow(/SFU_TURN_SECRET/);
    expect(() => door({ ...fixed, SFU_TURN_CREDENTIAL: 'a b' })).toThrow(/SFU_TURN_CREDENTIAL/);
    expect(door({ ...turn, SFU_TURN_SECRET: 's' }).iceServers.turn).toEqual({ kind: 'secret', secret: 's' });
    expect(() => door({ SFU_ICE_SERVERS: 'stun.example' })).toThrow(/SFU_ICE_SERVERS/);
    expect(door().iceServers).toEqual({ urls: [], turn: null });
  });

  it('trust no proxy unless it is named, and never everybody', () => {
    expect(door().trustedProxies).toEqual([]);
    const named = door({ SFU_TRUST_PROXY: 'loopback, 192.0.2.7,10.0.0.0/8, 2001:db8::/32' });
    expect(named.trustedProxies).toEqual(['loopback', '192.0.2.7', '10.0.0.0/8', '2001:db8::/32']);
    for (const wrong of [
      'yes',
      'true',
      '1',
      '*',
      'proxy.example',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '10.0.0.0/8/8',
      '::/129',
    ])
      expect(() => door({ SFU_TRUST_PROXY: wrong }), wrong).toThrow(/SFU_TRUST_PROXY: must be addresses or networks/);
  });

  it('the name of the node stands in the logs if it was given', () => {
    expect([door().nodeName, pump().nodeName]).toEqual([undefined, undefined]);
    for (const { nodeName } of [door({ SFU_NODE_ID: 'a' }), pump({ SFU_NODE_ID: 'a' })]) expect(nodeName).toBe('a');
    expect(pump().node.id).toMatch(/./);
    expect(() => door({ SFU_NODE_ID: 'a b' })).toThrow(/SFU_NODE_ID/);
  });

  it('an empty setting is none', () => {
    expect(door({ SFU_PUBLIC_URL: ' ', SFU_PORT: '', SFU_LINK_PATH: '' })).toMatchObject({
      publicUrl: null,
      port: 3001,
    });
  });
});

describe('settings of the pump', () => {
  it('door and pump find each other without a setting', () => {
    expect(pump().linkPath).toBe(door().linkPath);
    expect(pump().segmentsDir).toBe(door().segmentsDir);
  });

  it('media stay on this machine unless told otherwise', () => {
    expect(pump()).toMatchObject({ mediaHost: '127.0.0.1', mediaPort: 44_400 });
    expect(() => pump({ SFU_MEDIA_HOST: '192.0.2.1' })).toThrow(/SFU_ALLOW_REMOTE=yes/);
    const everywhere = { SFU_MEDIA_HOST: '0.0.0.0', SFU_ALLOW_REMOTE: 'yes' };
    expect(() => pump(everywhere)).toThrow(/SFU_MEDIA_ANNOUNCED_ADDRESS/);
    expect(pump({ ...everywhere, SFU_MEDIA_ANNOUNCED_ADDRESS: '192.0.2.1' }).mediaAnnouncedAddress).toBe('192.0.2.1');
  });

  it('lines to other nodes: on any ports, or on sixteen that a firewall can be told', () => {
    expect(pump().node).toMatchObject({ listenAddress: '127.0.0.1', ports: null, encrypted: false });
    expect(pump({ SFU_NODE_PORT: '44500' }).node.ports).toEqual({ min: 44_500, max: 44_515 });
    expect(() => pump({ SFU_NODE_PORT: '65530' })).toThrow(/SFU_NODE_PORT/);
  });

  it('a node says where the others reach it: not everywhere, and not on a machine of its own', () => {
    const everywhere = { REDIS_URL: 'redis://redis.example:6379', SFU_NODE_ADDRESS: '0.0.0.0' };
    expect(() => pump(everywhere)).toThrow(/SFU_NODE_ANNOUNCED_ADDRESS: is needed/);
    expect(pump({ ...everywhere, SFU_NODE_ANNOUNCED_ADDRESS: '192.0.2.1' }).node.encrypted).toBe(true);
    const elsewhere = ['redis://u:p@192.0.2.9:6379/1', 'redis+sentinel://127.0.0.1:26379,192.0.2.9:26379/loa'];
    for (const url of elsewhere) {
      expect(() => pump({ REDIS_URL: url }), url).toThrow(/SFU_NODE_ADDRESS: is a loopback address/);
      expect(pump({ REDIS_URL: url, SFU_NODE_ADDRESS: '192.0.2.1' }).node.listenAddress).toBe('192.0.2.1');
    }
    for (const url of ['redis://127.0.0.1:6390', 'redis://[::1]:6390', 'redis://u:p@localhost/2'])
      expect(pump({ REDIS_URL: url }).node.listenAddress).toBe('127.0.0.1');
  });

  it('the log is in memory unless there is an address; Sentinels mean a replica that has it', () => {
    expect(pump().redis).toBeNull();
    const server = { kind: 'server', url: 'rediss://u:p@redis.example:6380/3' };
    const shared = (rest: Record<string, string>) => pump({ SFU_NODE_ADDRESS: '192.0.2.1', ...rest });
    expect(shared({ REDIS_URL: server.url }).redis).toEqual({ address: server, replicas: 0 });
    const sentinel = shared({ REDIS_URL: 'redis+sentinel://u:p@10.0.0.1:26379,[::1]:26379/loa' });
    expect(sentinel.redis).toEqual({
      address: {
        kind: 'sentinel',
        sentinels: ['redis://10.0.0.1:26379', 'redis://[::1]:26379'],
        master: 'loa',
        credentials: 'u:p@',
      },
      replicas: 1,
    });
    expect(shared({ REDIS_URL: server.url, REDIS_REPLICAS: '2' }).redis?.replicas).toBe(2);
    for (const wrong of ['http://x', 'redis://', 'redis+sentinel://x:1', 'redis://a,b', 'redis://h:99999'])
      expect(() => pump({ REDIS_URL: wrong }), wrong).toThrow(/REDIS_URL/);
    expect(() => pump({ REDIS_REPLICAS: '1.5' })).toThrow(/REDIS_REPLICAS/);
  });
});

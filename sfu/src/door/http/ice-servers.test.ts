import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { iceServerLinks, isIceUrl } from './ice-servers.ts';

describe('ICE servers', () => {
  it.each([
    'stun:stun.example',
    'stuns:stun.example:5349',
    'turn:turn.example:3478?transport=udp',
    'turns:192.0.2.1?transport=tcp',
    'stun:[2001:db8::1]:3478',
  ])('%s is an address', (url) => expect(isIceUrl(url)).toBe(true));

  it.each([
    'stun.example:3478',
    'http://stun.example',
    'stun://stun.example',
    'stun:',
    'stun:a b',
    'stun:x>; rel="y',
    'stun:host:0',
    'stun:host:70000',
    'stun:host?transport=udp',
    'turn:host?transport=sctp',
    'turn:user@host',
  ])('%s is none', (url) => expect(isIceUrl(url)).toBe(false));

  it('RFC 9725, 4.6: STUN without, TURN with credentials', () => {
    const turn = { kind: 'fixed', username: 'loa', credential: 'a"b\\c' } as const;
    expect(iceServerLinks({ urls: ['stun:s.example', 'turns:t.example?transport=tcp'], turn }, 0)).toEqual([
      '<stun:s.example>; rel="ice-server"',
      '<turns:t.example?transport=tcp>; rel="ice-server"; username="loa"; credential="a\\"b\\\\c"; credential-type="password"',
    ]);
  });

  it('a shared secret makes credentials for a day', () => {
    const turn = { kind: 'secret', secret: 'shared-with-the-server' } as const;
    const [link = ''] = iceServerLinks({ urls: ['turn:t.example'], turn }, 1_700_000_000_000);
    const username = '1700086400:loa';
    const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
    expect(link).toBe(
      `<turn:t.example>; rel="ice-server"; username="${username}"; credential="${credential}"; credential-type="password"`,
    );
  });
});

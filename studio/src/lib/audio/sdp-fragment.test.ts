import { describe, expect, test } from 'vitest';
import { applyRestart, readCredentials, restartFragment } from './sdp-fragment.ts';

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=ice-ufrag:new1',
  'a=ice-pwd:secretsecretsecretsecret',
  'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host',
  '',
].join('\r\n');

const ANSWER = [
  'v=0',
  'a=ice-lite',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=ice-ufrag:old',
  'a=ice-pwd:oldoldoldoldoldoldoldold',
  'a=candidate:1 1 udp 1 127.0.0.1 40000 typ host',
  'a=end-of-candidates',
  '',
].join('\r\n');

describe('ICE restart over WHIP', () => {
  test('the fragment names credentials before the media line and carries the candidates', () => {
    expect(restartFragment(OFFER)?.split('\r\n')).toEqual([
      'a=ice-ufrag:new1',
      'a=ice-pwd:secretsecretsecretsecret',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      'a=candidate:1 1 udp 1 192.0.2.1 5000 typ host',
      '',
    ]);
  });

  test('an offer without credentials gives no fragment', () => {
    expect(restartFragment('v=0\r\n')).toBeNull();
  });

  test('the answer takes the new credentials and keeps its candidates when the server sent none', () => {
    const renewed = applyRestart(ANSWER, 'a=ice-ufrag:fresh\r\na=ice-pwd:freshfreshfreshfreshfresh\r\n');
    expect(readCredentials(renewed ?? '')).toEqual({ ufrag: 'fresh', pwd: 'freshfreshfreshfreshfresh' });
    expect(renewed).toContain('40000 typ host');
  });

  test('new candidates replace the old ones', () => {
    const renewed = applyRestart(
      ANSWER,
      'a=ice-ufrag:fresh\r\na=ice-pwd:freshfreshfreshfreshfresh\r\na=candidate:1 1 udp 1 127.0.0.1 41000 typ host\r\n',
    );
    expect(renewed).toContain('41000 typ host');
    expect(renewed).not.toContain('40000 typ host');
  });

  test('a fragment without credentials is refused', () => {
    expect(applyRestart(ANSWER, 'hello')).toBeNull();
  });
});

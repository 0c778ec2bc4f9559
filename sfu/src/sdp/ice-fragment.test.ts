import { describe, expect, it } from 'vitest';
import { parseIceFragment, writeIceFragment } from './ice-fragment.ts';

const TRICKLE = [
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'm=audio 9 RTP/AVP 0',
  'a=mid:0',
  'a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1',
  'a=end-of-candidates',
].join('\r\n');

describe('parseIceFragment', () => {
  it('reads credentials and mids', () => {
    expect(parseIceFragment(`${TRICKLE}\r\n`)).toEqual({
      ok: true,
      value: { ufrag: 'EsAw', password: 'P2uYro0UCOQ4zxjKXaWCBui1', mids: ['0'] },
    });
  });

  it('takes a fragment without credentials and with plain line ends', () => {
    expect(parseIceFragment('m=audio 9 RTP/AVP 0\na=mid:audio0\na=end-of-candidates\n')).toMatchObject({
      ok: true,
      value: { ufrag: null, password: null, mids: ['audio0'] },
    });
  });

  it.each([
    ['nothing', '', 'body'],
    ['no attributes', 'hello there', 'body'],
    ['JSON', '{"candidate":""}', 'body'],
    ['more than 16 KiB', 'a=candidate:x\n'.repeat(2_000), 'body'],
    ['a ufrag with a space', 'a=ice-ufrag:a b c d\n', 'a=ice-ufrag'],
    ['a ufrag that is too short', 'a=ice-ufrag:abc\n', 'a=ice-ufrag'],
    ['a password with a quote', 'a=ice-ufrag:abcd\na=ice-pwd:"12345678901234567890"\n', 'a=ice-pwd'],
  ])('%s is refused', (_, body, field) => {
    expect(parseIceFragment(body)).toMatchObject({ ok: false, error: { field } });
  });
});

it('what is written can be read', () => {
  const text = writeIceFragment(
    {
      usernameFragment: 'newufrag',
      password: 'newpassword0123456789ab',
      candidates: [
        {
          foundation: 'f',
          priority: 1,
          address: '127.0.0.1',
          protocol: 'tcp',
          port: 9,
          type: 'host',
          tcpType: 'passive',
        },
      ],
    },
    'audio0',
  );
  expect(parseIceFragment(text)).toMatchObject({ ok: true, value: { ufrag: 'newufrag', mids: ['audio0'] } });
  expect(text).toContain('a=candidate:f 1 tcp 1 127.0.0.1 9 typ host tcptype passive\r\n');
});

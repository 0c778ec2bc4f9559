import { parse } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import * as offers from '../../test/support/offers.ts';
import type { TransportAnswer } from '../link/messages.ts';
import { type AcceptedLine, writeAnswer } from './answer.ts';
import { parseOffer } from './offer.ts';

const TRANSPORT: TransportAnswer = {
  ice: {
    usernameFragment: 'server-ufrag',
    password: 'server-password-0123456789',
    candidates: [
      { foundation: 'udp', priority: 1_076_558_079, address: '127.0.0.1', protocol: 'udp', port: 44_400, type: 'host' },
      {
        foundation: 'tcp',
        priority: 1_076_276_479,
        address: '127.0.0.1',
        protocol: 'tcp',
        port: 44_400,
        type: 'host',
        tcpType: 'passive',
      },
    ],
  },
  fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
};

function answer(sdp: string, accepted: readonly AcceptedLine[]) {
  const offer = parseOffer(sdp);
  if (!offer.ok) throw new Error(offer.error.message);
  const text = writeAnswer(offer.value, accepted, TRANSPORT);
  return { text, session: parse(text) };
}

const recv = (mid: string): AcceptedLine => ({ mid, direction: 'recvonly' });
const send = (mid: string, streamId: string, ssrc: number): AcceptedLine => ({
  mid,
  direction: 'sendonly',
  ssrc,
  cname: 'loa',
  streamId,
});

describe('writeAnswer', () => {
  it('answers every m-line in the order of the offer and rejects what was not accepted with port 0', () => {
    const { session } = answer(offers.safariWithVideo, [recv('1')]);
    expect(session.media.map(({ type, port, mid }) => [type, port, String(mid)])).toEqual([
      ['video', 0, '0'],
      ['audio', 9, '1'],
    ]);
    expect(session.groups).toEqual([{ type: 'BUNDLE', mids: 1 }]);
  });

  it('asks a source for frames of 20 ms, and for packets that are not longer than it takes', () => {
    const { text } = answer(offers.chromeWhip, [recv('0')]);
    expect(text).toContain('a=ptime:20\r\n');
    expect(text).toContain('a=maxptime:60\r\n');
    expect(answer(offers.firefoxWhep, [send('0', 'control', 1)]).text).not.toContain('ptime:20');
  });

  it('is ICE-lite, gives credentials, both candidates and their end', () => {
    const { session, text } = answer(offers.chromeWhip, [recv('0')]);
    expect(session.icelite).toBe('ice-lite');
    expect(session.media[0]).toMatchObject({
      iceUfrag: 'server-ufrag',
      icePwd: 'server-password-0123456789',
      fingerprint: { type: 'sha-256', hash: 'AB:CD' },
      candidates: [
        { transport: 'udp', port: 44_400 },
        { transport: 'tcp', tcptype: 'passive' },
      ],
    });
    expect(text).toContain('a=end-of-candidates');
  });

  it.each([
    ['actpass', offers.chromeWhip, 'passive'],
    ['passive', offers.ffmpegWhip, 'active'],
    ['active', offers.playerWithData.replace('recvonly', 'sendonly'), 'passive'],
  ])('a client that is %s gets its counterpart', (_, sdp, setup) => {
    const mid = String(parse(sdp).media[0]?.mid ?? 0);
    expect(answer(sdp, [recv(mid)]).session.media[0]?.setup).toBe(setup);
  });

  it('uses the payload type of the offer and asks for FEC without gaps', () => {
    const { session } = answer(offers.gstreamerWhip, [recv('audio0')]);
    expect(session.media[0]?.rtp).toEqual([{ payload: 97, codec: 'opus', rate: 48_000, encoding: 2 }]);
    expect(session.media[0]?.fmtp[0]?.config).toMatch(/useinbandfec=1.*usedtx=0/);
  });

  it('takes the MID extension under the number of the offer, and only for what it receives', () => {
    expect(answer(offers.chromeWhip, [recv('0')]).session.media[0]?.ext).toEqual([
      { value: 4, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' },
    ]);
    expect(answer(offers.firefoxWhep, [send('0', 'control', 7)]).session.media[0]?.ext).toBeUndefined();
  });

  it('RFC 5506: takes RTCP of reduced size only where the offer does', () => {
    const without = offers.chromeWhip.replace('a=rtcp-rsize\r\n', '');
    expect(answer(offers.chromeWhip, [recv('0')]).text).toContain('a=rtcp-rsize');
    expect(answer(without, [recv('0')]).text).not.toContain('a=rtcp-rsize');
  });

  it('names each stream that it sends, with its ssrc', () => {
    const { text } = answer(offers.firefoxWhep, [send('0', 'control', 7), send('1', 'vung-tau', 8)]);
    expect(text).toContain('a=msid:control control-audio\r\n');
    expect(text).toContain('a=msid:vung-tau vung-tau-audio\r\n');
    expect(text).toContain('a=ssrc:8 cname:loa\r\n');
    expect(parse(text).media.map(({ port }) => port)).toEqual([9, 9, 0]);
  });

  it('does not bundle or name what the offer did not', () => {
    const { session, text } = answer(offers.ffmpegWhip, [recv('0')]);
    expect(session.groups).toBeUndefined();
    expect(text).not.toContain('a=mid');
  });

  it('rejects a data channel in its own words', () => {
    const { session } = answer(offers.playerWithData, [send('a', 'ward', 5)]);
    expect(session.media[1]).toMatchObject({ type: 'application', port: 0, protocol: 'UDP/DTLS/SCTP' });
  });
});

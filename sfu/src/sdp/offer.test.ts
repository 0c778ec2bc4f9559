import { describe, expect, it } from 'vitest';
import * as offers from '../../test/support/offers.ts';
import { findReceivingAudio, findSendingAudio, MAX_MEDIA_LINES, type Offer, parseOffer } from './offer.ts';

function parsed(sdp: string): Offer {
  const result = parseOffer(sdp);
  if (!result.ok) throw new Error(`${result.error.field}: ${result.error.message}`);
  return result.value;
}

function problemOf(sdp: string) {
  const result = parseOffer(sdp);
  if (result.ok) throw new Error('the offer was taken');
  return result.error;
}

function sender(sdp: string) {
  const result = findSendingAudio(parsed(sdp));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const withLine = (sdp: string, search: string | RegExp, line: string) => sdp.replace(search, line);
const without = (sdp: string, pattern: RegExp) =>
  sdp
    .split('\r\n')
    .filter((line) => !pattern.test(line))
    .join('\r\n');

describe('offers of the field', () => {
  it('Chrome: payload type, ssrc and MID extension of the microphone', () => {
    const { audio, mid, direction } = sender(offers.chromeWhip);
    expect({ mid, direction }).toEqual({ mid: '0', direction: 'sendonly' });
    expect(audio).toMatchObject({ payloadType: 111, ssrc: 3320414718, midExtensionId: 4, nack: false });
    expect(parsed(offers.chromeWhip).dtls).toMatchObject({ role: 'client', fingerprints: [{ algorithm: 'sha-256' }] });
  });

  it('Firefox: m-lines with port 0 that are bundle-only count, and Opus may be 109', () => {
    const lines = findReceivingAudio(parsed(offers.firefoxWhep));
    expect(lines.ok && lines.value.map(({ mid, audio }) => `${mid}:${audio.payloadType}`)).toEqual([
      '0:109',
      '1:109',
      '2:109',
    ]);
  });

  it('Safari: video before the audio is left alone', () => {
    const offer = parsed(offers.safariWithVideo);
    expect(offer.media.map(({ type, audio }) => `${type} ${audio?.payloadType ?? 'rejected'}`)).toEqual([
      'video rejected',
      'audio 111',
    ]);
    expect(sender(offers.safariWithVideo)).toMatchObject({ mid: '1', audio: { ssrc: 2002, nack: true } });
  });

  it('OBS: credentials and fingerprint at session level, in lower case', () => {
    const offer = parsed(offers.obsWhip);
    expect(offer.iceUfrag).toBe('Yb1s');
    expect(offer.dtls.fingerprints[0]?.value).toMatch(/^[0-9A-F:]+$/);
    expect(sender(offers.obsWhip).audio).toMatchObject({ payloadType: 111, ssrc: 1711223344, midExtensionId: null });
  });

  it('GStreamer: Opus in capitals with another payload type', () => {
    expect(sender(offers.gstreamerWhip)).toMatchObject({ mid: 'audio0', audio: { payloadType: 97, ssrc: 2938462911 } });
  });

  it('FFmpeg: a passive client without mid and BUNDLE', () => {
    expect(parsed(offers.ffmpegWhip)).toMatchObject({ dtls: { role: 'server' }, bundleMids: [] });
    expect(sender(offers.ffmpegWhip)).toMatchObject({ mid: '0', audio: { ssrc: 4021 } });
  });

  it('an active client plays the client', () => {
    expect(parsed(offers.playerWithData).dtls.role).toBe('client');
  });
});

describe('a direction at session level', () => {
  const atSession = (direction: string) =>
    without(offers.chromeWhip, /^a=sendonly/).replace('t=0 0\r\n', `t=0 0\r\na=${direction}\r\n`);

  it('counts for every m-line that has none of its own', () => {
    expect(sender(atSession('sendonly')).direction).toBe('sendonly');
    expect(findSendingAudio(parsed(atSession('recvonly')))).toMatchObject({ ok: false });
    expect(findReceivingAudio(parsed(atSession('recvonly')))).toMatchObject({ ok: true });
  });

  it('does not count where the m-line says something else', () => {
    const sdp = offers.chromeWhip.replace('t=0 0\r\n', 't=0 0\r\na=inactive\r\n');
    expect(sender(sdp).direction).toBe('sendonly');
  });
});

describe('how packets are recognised', () => {
  it('by the MID extension when there is no ssrc', () => {
    const { audio } = sender(without(offers.chromeWhip, /^a=ssrc/));
    expect(audio).toMatchObject({ ssrc: null, midExtensionId: 4 });
  });

  it('not at all: the offer cannot be used', () => {
    const offer = parsed(without(offers.chromeWhip, /^a=ssrc|sdes:mid/));
    expect(findSendingAudio(offer)).toMatchObject({ ok: false, error: { field: 'a=ssrc', unacceptable: true } });
  });

  it.each(['0', '4294967296', '-3', 'abc'])('an ssrc of %s is none', (ssrc) => {
    const offer = parsed(withLine(offers.chromeWhip, /a=ssrc:\d+/g, `a=ssrc:${ssrc}`));
    expect(offer.media[0]?.audio?.ssrc ?? null).toBeNull();
  });
});

describe('offers in which nothing can be used', () => {
  it.each([
    ['another codec', withLine(offers.chromeWhip, 'opus/48000/2', 'opus/16000/2')],
    ['Opus with one channel', withLine(offers.chromeWhip, 'opus/48000/2', 'opus/48000')],
    ['no DTLS', offers.chromeWhip.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
    ['a rejected m-line', offers.chromeWhip.replace('m=audio 9', 'm=audio 0')],
    ['only listening', withLine(offers.chromeWhip, 'a=sendonly', 'a=recvonly')],
    ['inactive', withLine(offers.chromeWhip, 'a=sendonly', 'a=inactive')],
    ['a codec that is called by a number', withLine(offers.chromeWhip, 'opus/48000/2', '0')],
    ['Opus under a number with a zero before it', withLine(offers.chromeWhip, 'a=rtpmap:111 ', 'a=rtpmap:0111 ')],
  ])('%s', (_, sdp) => {
    expect(findSendingAudio(parsed(sdp))).toMatchObject({ ok: false, error: { unacceptable: true } });
  });

  it.each([0, 34, 64, 72, 95, 128, 211])('Opus as %i, which is no dynamic payload type', (number) => {
    const sdp = offers.chromeWhip.replace('a=rtpmap:111 ', `a=rtpmap:${number} `);
    expect(problemOf(sdp)).toMatchObject({ field: 'a=rtpmap', unacceptable: true });
    expect(problemOf(sdp).message).toContain(`Opus as ${number}`);
  });

  it.each([35, 63, 96, 127])('Opus as %i is taken', (number) => {
    const sdp = offers.chromeWhip.replace(/a=rtpmap:63 .*\r\n/, '').replace('a=rtpmap:111 ', `a=rtpmap:${number} `);
    expect(sender(sdp).audio.payloadType).toBe(number);
  });

  it('RTCP on a port of its own', () => {
    const sdp = without(offers.chromeWhip, /^a=rtcp-mux/);
    expect(problemOf(sdp)).toMatchObject({ field: 'a=rtcp-mux', unacceptable: true });
  });

  it('Opus under two numbers in one session', () => {
    const sdp = offers.firefoxWhep.replace(/109(?=[\s\S]*?$)/g, (match, at: number) =>
      at > offers.firefoxWhep.indexOf('a=mid:1') ? '111' : match,
    );
    expect(findReceivingAudio(parsed(sdp))).toMatchObject({ ok: false, error: { field: 'a=rtpmap' } });
  });

  it('two receiving m-lines outside one BUNDLE group would need two transports', () => {
    const offer = parsed(withLine(offers.firefoxWhep, 'a=group:BUNDLE 0 1 2', 'a=group:BUNDLE 0 1'));
    expect(findReceivingAudio(offer)).toMatchObject({ ok: false, error: { field: 'a=group', unacceptable: true } });
  });
});

describe('malformed offers', () => {
  it.each([
    ['nothing', '', 'v='],
    ['no SDP at all', 'hello', 'v='],
    ['JSON', '{"type":"offer"}', 'v='],
    ['no m-line', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n', 'm='],
    ['an m-line that is none', 'v=0\r\nm=garbage\r\na=ice-ufrag:abcd\r\n', 'm='],
    ['no fingerprint', without(offers.chromeWhip, /^a=fingerprint/), 'a=fingerprint'],
    ['an empty fingerprint', offers.chromeWhip.replace(/^a=fingerprint.*$/m, 'a=fingerprint:'), 'a=fingerprint'],
    ['a fingerprint without value', offers.chromeWhip.replace(/(sha-256) .*$/m, '$1'), 'a=fingerprint'],
    ['a short fingerprint', offers.chromeWhip.replace(/(sha-256) .*$/m, '$1 AA:BB'), 'a=fingerprint'],
    ['an unknown hash', offers.chromeWhip.replace('sha-256', 'md5'), 'a=fingerprint'],
    ['holdconn', offers.chromeWhip.replace('actpass', 'holdconn'), 'a=setup'],
    ['no ufrag', without(offers.chromeWhip, /^a=ice-ufrag/), 'a=ice-ufrag'],
    ['no password', without(offers.chromeWhip, /^a=ice-pwd/), 'a=ice-ufrag'],
    ['duplicate mids', offers.firefoxWhep.replace('a=mid:2', 'a=mid:1'), 'a=mid'],
    ['a mid that is no token', offers.chromeWhip.replace('a=mid:0', 'a=mid:a/b'), 'a=mid'],
    ['a mid that is too long', offers.chromeWhip.replace('a=mid:0', `a=mid:${'x'.repeat(33)}`), 'a=mid'],
    ['more than 16 KiB', `${offers.chromeWhip}${'a=x\r\n'.repeat(5_000)}`, 'body'],
  ])('%s', (_, sdp, field) => {
    expect(problemOf(sdp).field).toContain(field);
  });

  it('ten thousand lines end at the limit of the body, many m-lines at a limit of their own', () => {
    expect(problemOf(`v=0\r\n${'m=audio 9 x 0\r\n'.repeat(10_000)}`).field).toBe('body');
    expect(problemOf(`v=0\r\n${'m=audio 9 x 0\r\n'.repeat(MAX_MEDIA_LINES + 1)}`).field).toBe('m=');
  });

  it('text that looks like a number, and numbers that look like text, are what the rest expects', () => {
    expect(sender(offers.chromeWhip.replace(/a=fmtp:111 .*/, 'a=fmtp:111 5')).audio.parameters).toBe('5');
    const { midExtensionId } = sender(offers.chromeWhip.replace('a=extmap:4 ', 'a=extmap:04 ')).audio;
    expect(midExtensionId).toBeNull();
  });

  it('names that mean something to JavaScript are only text', () => {
    const sdp = offers.chromeWhip.replace(
      'a=rtcp-rsize',
      'a=__proto__:x\r\na=constructor:y\r\na=toString\r\na=rtcp-rsize',
    );
    expect(sender(sdp).audio.payloadType).toBe(111);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

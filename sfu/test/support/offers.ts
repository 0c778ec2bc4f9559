/*
 * Offers as the clients of the field write them, shortened where nothing depends on it. Credentials and fingerprints are made up.
 */

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => (i * 7 + 16).toString(16).toUpperCase().padStart(2, '0')).join(
  ':',
);

const sdp = (...lines: readonly (string | readonly string[])[]) => `${lines.flat().join('\r\n')}\r\n`;

const head = (...extra: string[]) => ['v=0', 'o=- 4611731400430051336 2 IN IP4 127.0.0.1', 's=-', 't=0 0', ...extra];

const ice = ['a=ice-ufrag:4ZcD', 'a=ice-pwd:2/1muCWoOi3uLifh0NuRHlVp', 'a=ice-options:trickle'];

/** Chrome, one microphone, sendonly. */
export const chromeWhip = sdp(
  head('a=group:BUNDLE 0', 'a=extmap-allow-mixed', 'a=msid-semantic: WMS 0d3a'),
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
  'c=IN IP4 0.0.0.0',
  'a=rtcp:9 IN IP4 0.0.0.0',
  ice,
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=sendonly',
  'a=msid:0d3a 7c2e',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
  'a=ssrc:3320414718 cname:Jx7dHqhPz',
  'a=ssrc:3320414718 msid:0d3a 7c2e',
);

/** Firefox, a receiver with three m-lines: all but the first are bundle-only, with port 0; Opus is 109. */
export const firefoxWhep = sdp(
  head(
    'a=sendrecv',
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    'a=group:BUNDLE 0 1 2',
    'a=ice-options:trickle',
    'a=msid-semantic:WMS *',
  ),
  'm=audio 9 UDP/TLS/RTP/SAVPF 109 9 0 8 101',
  'c=IN IP4 0.0.0.0',
  'a=recvonly',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level',
  'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1',
  'a=fmtp:101 0-15',
  'a=ice-pwd:e1b7ad7cb3d1eb1e21fa5a9f1d97c1f5',
  'a=ice-ufrag:c2d4e8f1',
  'a=mid:0',
  'a=rtcp-mux',
  'a=rtpmap:109 opus/48000/2',
  'a=rtpmap:9 G722/8000/1',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=setup:actpass',
  ...['1', '2'].flatMap((mid) => [
    'm=audio 0 UDP/TLS/RTP/SAVPF 109 9 0 8 101',
    'c=IN IP4 0.0.0.0',
    'a=bundle-only',
    'a=recvonly',
    'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1',
    `a=mid:${mid}`,
    'a=rtcp-mux',
    'a=rtpmap:109 opus/48000/2',
  ]),
);

/** Safari, microphone and camera in one session; the camera comes first and is not wanted here. */
export const safariWithVideo = sdp(
  head('a=group:BUNDLE 0 1', 'a=msid-semantic: WMS 5f2a'),
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
  'c=IN IP4 0.0.0.0',
  ice,
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:96 H264/90000',
  'a=rtcp-fb:96 nack pli',
  'a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:98 VP8/90000',
  'a=ssrc-group:FID 1001 1002',
  'a=ssrc:1001 cname:k2',
  'a=ssrc:1002 cname:k2',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 103 9 0 8',
  'c=IN IP4 0.0.0.0',
  ice,
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:1',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=sendonly',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=rtcp-fb:111 nack',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:103 ISAC/16000',
  'a=ssrc:2002 cname:k2',
);

/** OBS Studio (libdatachannel): lower case session lines, a data channel of its own is not there, `actpass`. */
export const obsWhip = sdp(
  ['v=0', 'o=rtc 2347861283 0 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1', 'a=group:LS 0 1'],
  'a=msid-semantic:WMS *',
  'a=setup:actpass',
  'a=ice-ufrag:Yb1s',
  'a=ice-pwd:Lh0yKZ2mCzUQfQbmW0J8vV',
  'a=ice-options:ice2,trickle',
  `a=fingerprint:sha-256 ${FINGERPRINT.toLowerCase()}`,
  'm=audio 64017 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 192.0.2.7',
  'a=mid:0',
  'a=sendonly',
  'a=ssrc:1711223344 cname:obs',
  'a=ssrc:1711223344 msid:obs obs-audio',
  'a=msid:obs obs-audio',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1',
  'a=candidate:1 1 UDP 2122317823 192.0.2.7 64017 typ host',
  'a=end-of-candidates',
  'm=video 64017 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP4 192.0.2.7',
  'a=mid:1',
  'a=sendonly',
  'a=ssrc:1711223345 cname:obs',
  'a=rtcp-mux',
  'a=rtpmap:96 H264/90000',
  'a=rtcp-fb:96 nack',
  'a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1',
);

/** GStreamer webrtcbin: Opus is 96 or 97, `sendonly`, no end of candidates. */
export const gstreamerWhip = sdp(
  ['v=0', 'o=- 7201339230493320125 0 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=ice-options:trickle', 'a=group:BUNDLE audio0'],
  'm=audio 9 UDP/TLS/RTP/SAVPF 97',
  'c=IN IP4 0.0.0.0',
  'a=setup:actpass',
  'a=ice-ufrag:ZKPqs5RN1Qfzcd6mt1y1QSoUFGbFqmRN',
  'a=ice-pwd:BdNYGBBHWa4vFcfFE9vNsYzSMnJPxGhf',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=sendonly',
  'a=rtpmap:97 OPUS/48000/2',
  'a=rtcp-fb:97 transport-cc',
  'a=fmtp:97 sprop-maxcapturerate=48000;sprop-stereo=0;useinbandfec=1',
  'a=ssrc:2938462911 msid:user3849@host-9a1c webrtctransceiver0',
  'a=ssrc:2938462911 cname:user3849@host-9a1c',
  'a=mid:audio0',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
);

/** FFmpeg's WHIP muxer: passive, no BUNDLE group, no mid. */
export const ffmpegWhip = sdp(
  ['v=0', 'o=FFmpeg 4489045141692799359 2 IN IP4 127.0.0.1', 's=FFmpegPublishSession', 't=0 0', 'a=ice-lite'],
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:1b3a8d1e',
  'a=ice-pwd:8c9a3f0d51b244f6b6d1f9a30c2c7b11',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:passive',
  'a=sendonly',
  'a=msid:FFmpeg audio',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=ssrc:4021 cname:FFmpeg',
  'a=ssrc:4021 msid:FFmpeg audio',
);

/** A plain listener with an unusual number for Opus and a data channel that nobody asked for. */
export const playerWithData = sdp(
  head('a=group:BUNDLE a d'),
  'm=audio 9 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP4 0.0.0.0',
  ice,
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:active',
  'a=mid:a',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:96 opus/48000/2',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:d',
  'a=sctp-port:5000',
);

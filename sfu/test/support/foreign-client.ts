import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift';
import { fromCsrc, type BusLabel } from '@loa/shared/protocol/csrc';
import { waitFor } from './wait-for.ts';

/** WHIP and WHEP clients on werift: not our code, and no browser either. */

const OPUS = (payloadType: number) =>
  new RTCRtpCodecParameters({
    mimeType: 'audio/opus',
    clockRate: 48_000,
    channels: 2,
    payloadType,
    rtcpFeedback: [{ type: 'nack' }],
  });

function createConnection(payloadType: number): RTCPeerConnection {
  return new RTCPeerConnection({ codecs: { audio: [OPUS(payloadType)], video: [] }, iceServers: [] });
}

export async function connected(connection: RTCPeerConnection): Promise<void> {
  await waitFor(() =>
    connection.connectionState === 'connected' ? '' : `connection is ${connection.connectionState}`,
  );
}

export async function postOffer(url: string, token: string | null, sdp: string): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: sdp,
  });
}

export interface ForeignSource {
  readonly sourceId: string;
  readonly location: string;
  readonly etag: string;
  readonly connection: RTCPeerConnection;
  /** Sends one packet as it is; the header's number and time go on by one frame. */
  send(payload: Buffer): void;
  /** Sends a frame every 20 ms until stopped. */
  play(frame: (n: number) => Buffer): () => void;
  close(): Promise<void>;
}

export async function publish(url: string, token: string, payloadType = 111): Promise<ForeignSource> {
  const connection = createConnection(payloadType);
  const track = new MediaStreamTrack({ kind: 'audio' });
  connection.addTransceiver(track, { direction: 'sendonly' });
  await connection.setLocalDescription(await connection.createOffer());
  const response = await postOffer(`${url}/whip?label=foreign`, token, connection.localDescription?.sdp ?? '');
  if (response.status !== 201) throw new Error(`WHIP answered ${response.status}: ${await response.text()}`);
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  await connected(connection);
  const location = response.headers.get('location') ?? '';
  let sequenceNumber = 100;
  let timestamp = 4_000_000_000;
  const send = (payload: Buffer) => {
    sequenceNumber = (sequenceNumber + 1) & 0xffff;
    timestamp = (timestamp + 960) >>> 0;
    track.writeRtp(new RtpPacket(new RtpHeader({ payloadType, sequenceNumber, timestamp, ssrc: 1 }), payload));
  };
  const timers = new Set<NodeJS.Timeout>();
  return {
    sourceId: location.split('/').at(-1) ?? '',
    location,
    etag: response.headers.get('etag') ?? '',
    connection,
    send,
    play(frame) {
      let n = 0;
      const start = performance.now();
      const timer = setInterval(() => {
        for (; n * 20 <= performance.now() - start; n++) send(frame(n));
      }, 10);
      timers.add(timer);
      return () => clearInterval(timer);
    },
    async close() {
      for (const timer of timers) clearInterval(timer);
      await connection.close();
    },
  };
}

export interface HeardPacket extends BusLabel {
  readonly line: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Buffer;
  readonly arrivedAt: number;
}

export interface ForeignListener {
  readonly connection: RTCPeerConnection;
  readonly heard: HeardPacket[];
  readonly location: string;
  close(): Promise<void>;
}

/** Listens with `lines` audio m-lines. */
export async function listenTo(
  url: string,
  token: string | null,
  lines: number,
  payloadType = 111,
): Promise<ForeignListener> {
  const connection = createConnection(payloadType);
  const heard: HeardPacket[] = [];
  for (let line = 0; line < lines; line++) {
    const transceiver = connection.addTransceiver('audio', { direction: 'recvonly' });
    transceiver.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        const label = fromCsrc(header.csrc[0] ?? 0);
        const { sequenceNumber, timestamp, marker } = header;
        heard.push({ ...label, line, sequenceNumber, timestamp, marker, payload, arrivedAt: performance.now() });
      }),
    );
  }
  await connection.setLocalDescription(await connection.createOffer());
  const response = await postOffer(url, token, connection.localDescription?.sdp ?? '');
  if (response.status !== 201) throw new Error(`WHEP answered ${response.status}: ${await response.text()}`);
  await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  await connected(connection);
  return {
    connection,
    heard,
    location: response.headers.get('location') ?? '',
    close: () => connection.close(),
  };
}

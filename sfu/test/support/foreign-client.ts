import {
  GenericNack,
  MediaStreamTrack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpTransportLayerFeedback,
  RtpHeader,
  RtpPacket,
} from 'werift';
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

/** Without the public STUN server that werift asks by default, whatever its list of servers says. */
async function offer(connection: RTCPeerConnection): Promise<void> {
  for (const transport of connection.iceTransports) delete transport.connection.stunServer;
  await connection.setLocalDescription(await connection.createOffer());
}

function createConnection(payloadType: number): RTCPeerConnection {
  return new RTCPeerConnection({ codecs: { audio: [OPUS(payloadType)], video: [] }, iceServers: [] });
}

/** werift does not always get over a lost flight of its DTLS handshake, which a busy machine may lose: who is not there by then tries again, as clients do. */
const CONNECT_MS = 6_000;
const ATTEMPTS = 3;

export async function connected(connection: RTCPeerConnection, timeoutMs?: number): Promise<void> {
  await waitFor(
    () => (connection.connectionState === 'connected' ? '' : `connection is ${connection.connectionState}`),
    timeoutMs,
  );
}

/** Offers with what `create` makes until one of them is connected; answers it with what the server said. */
async function join(
  create: () => RTCPeerConnection,
  { url, token, what }: { url: string; token: string | null; what: string },
): Promise<{ connection: RTCPeerConnection; response: Response; answer: string }> {
  for (let attempt = 1; ; attempt++) {
    const connection = create();
    await offer(connection);
    const response = await postOffer(url, token, connection.localDescription?.sdp ?? '');
    const answer = await response.text();
    if (response.status !== 201) throw new Error(`${what} answered ${response.status}: ${answer}`);
    await connection.setRemoteDescription({ type: 'answer', sdp: answer });
    try {
      await connected(connection, CONNECT_MS);
      return { connection, response, answer };
    } catch (error) {
      await connection.close();
      if (attempt === ATTEMPTS) throw error;
    }
  }
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
  /** Asks for an ICE restart and goes on with the new credentials if it was granted. */
  restartIce(url: string, token: string): Promise<Response>;
  /** Sends one packet as it is; the header's number and time go on by one frame. */
  send(payload: Buffer): void;
  /** Sends a frame every 20 ms until stopped. */
  play(frame: (n: number) => Buffer): () => void;
  close(): Promise<void>;
}

export async function publish(url: string, token: string, payloadType = 111): Promise<ForeignSource> {
  let track = new MediaStreamTrack({ kind: 'audio' });
  const create = () => {
    const connection = createConnection(payloadType);
    track = new MediaStreamTrack({ kind: 'audio' });
    connection.addTransceiver(track, { direction: 'sendonly' });
    return connection;
  };
  const { connection, response, answer } = await join(create, {
    url: `${url}/whip?label=foreign`,
    token,
    what: 'WHIP',
  });
  const location = response.headers.get('location') ?? '';
  const etag = response.headers.get('etag') ?? '';
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
    etag,
    connection,
    restartIce: (...to) => restartIce(connection, answer, `${to[0]}${location}`, to[1], etag),
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

/** RFC 9725, section 4.3.3: the new credentials of both sides travel in fragments. */
async function restartIce(
  connection: RTCPeerConnection,
  answer: string,
  url: string,
  token: string,
  etag: string,
): Promise<Response> {
  connection.restartIce();
  await offer(connection);
  const offered = connection.localDescription?.sdp ?? '';
  const lines = offered.split('\r\n').filter((line) => /^a=(ice-ufrag|ice-pwd|mid):|^m=/.test(line));
  const response = await fetch(url, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/trickle-ice-sdpfrag',
      'if-match': etag,
    },
    body: `${lines.join('\r\n')}\r\n`,
  });
  if (response.status !== 200) return response;
  const fragment = await response.clone().text();
  const renewed = ['ice-ufrag', 'ice-pwd'].reduce((sdp, name) => {
    const value = new RegExp(`^a=${name}:(.*)$`, 'm').exec(fragment)?.[1]?.trim() ?? '';
    return sdp.replace(new RegExp(`^a=${name}:.*$`, 'gm'), `a=${name}:${value}`);
  }, answer);
  // werift nominates after a restart only what is said to be of the new generation, and does not start the checks by itself.
  const sdp = renewed.replace(/^(a=candidate:.*?)\r?$/gm, '$1 generation 1\r');
  await connection.setRemoteDescription({ type: 'answer', sdp });
  await connection.iceTransports[0]?.start();
  return response;
}

export interface HeardPacket extends BusLabel {
  readonly line: number;
  readonly ssrc: number;
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
  /** Says that this packet did not come. */
  askAgain(packet: HeardPacket): Promise<void>;
  close(): Promise<void>;
}

/** Listens with `lines` audio m-lines. */
export async function listenTo(
  url: string,
  token: string | null,
  lines: number,
  payloadType = 111,
): Promise<ForeignListener> {
  const heard: HeardPacket[] = [];
  const create = () => {
    const connection = createConnection(payloadType);
    for (let line = 0; line < lines; line++) {
      const transceiver = connection.addTransceiver('audio', { direction: 'recvonly' });
      transceiver.onTrack.subscribe((track) =>
        track.onReceiveRtp.subscribe(({ header, payload }) => {
          const label = fromCsrc(header.csrc[0] ?? 0);
          const { ssrc, sequenceNumber, timestamp, marker } = header;
          const arrivedAt = performance.now();
          heard.push({ ...label, line, ssrc, sequenceNumber, timestamp, marker, payload, arrivedAt });
        }),
      );
    }
    return connection;
  };
  const { connection, response } = await join(create, { url, token, what: 'WHEP' });
  return {
    connection,
    heard,
    location: response.headers.get('location') ?? '',
    async askAgain({ line, ssrc, sequenceNumber }) {
      const { dtlsTransport, receiver } = connection.getTransceivers()[line] ?? {};
      const lost = [sequenceNumber];
      const feedback = new GenericNack({ senderSsrc: receiver?.rtcpSsrc ?? 0, mediaSourceSsrc: ssrc, lost });
      await dtlsTransport?.sendRtcp([new RtcpTransportLayerFeedback({ feedback })]);
    },
    close: () => connection.close(),
  };
}

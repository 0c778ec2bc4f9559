import { RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, type RTCDtlsTransport } from 'werift';

const OPUS = new RTCRtpCodecParameters({ mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 111 });

/** One packet for one bus. */
export interface OutgoingPacket {
  readonly timestamp: number;
  readonly csrc: number;
  readonly marker?: boolean;
  readonly payload: Uint8Array;
}

interface Stream {
  readonly ssrc: number;
  sequence: number;
}

/** The server's half of one receiver's media connection: werift as the answering side, packets made here. */
export class LoopbackMedia {
  readonly #peer: RTCPeerConnection;
  readonly #streams = new Map<string, Stream>();
  #transport: RTCDtlsTransport | null = null;

  constructor() {
    this.#peer = new RTCPeerConnection({ codecs: { audio: [OPUS] }, iceServers: [], bundlePolicy: 'max-bundle' });
  }

  get connected(): boolean {
    return this.#peer.connectionState === 'connected';
  }

  /** Answers an offer with one stream for each of these names. */
  async answer(offer: string, buses: readonly string[]): Promise<string> {
    await this.#peer.setRemoteDescription({ type: 'offer', sdp: offer });
    const transceivers = this.#peer.getTransceivers();
    for (const transceiver of transceivers) transceiver.setDirection('sendonly');
    for (const { connection } of this.#peer.iceTransports) delete connection.stunServer;
    await this.#peer.setLocalDescription(await this.#peer.createAnswer());
    transceivers.forEach((transceiver, line) => {
      this.#streams.set(buses[line] ?? '', { ssrc: transceiver.sender.ssrc, sequence: 65_530 });
      this.#transport = transceiver.dtlsTransport;
    });
    return nameStreams(this.#peer.localDescription?.sdp ?? '', buses);
  }

  /** Sends on this bus; `skip` numbers are used up without a packet, as if it was lost. */
  send(bus: string, packet: OutgoingPacket): void {
    const stream = this.#streams.get(bus);
    if (!stream || !this.connected) return;
    const header = new RtpHeader({
      version: 2,
      payloadType: 111,
      sequenceNumber: stream.sequence & 0xffff,
      timestamp: packet.timestamp,
      ssrc: stream.ssrc,
      csrc: [packet.csrc],
      csrcLength: 1,
      marker: packet.marker ?? false,
    });
    stream.sequence += 1;
    void this.#transport?.sendRtp(Buffer.from(packet.payload), header);
  }

  /** A packet that the network swallowed: its number is used up. */
  lose(bus: string): void {
    const stream = this.#streams.get(bus);
    if (stream) stream.sequence += 1;
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }
}

/** Puts the name of its bus into each m-line's `msid`. */
function nameStreams(sdp: string, buses: readonly string[]): string {
  const [session = '', ...sections] = sdp.split(/\r?\n(?=m=)/);
  const named = sections.map((section, line) => {
    const rest = section.split(/\r?\n/).filter((text) => !text.startsWith('a=msid:') && text !== '');
    return [...rest, `a=msid:${buses[line] ?? ''} audio`].join('\r\n');
  });
  return `${[session, ...named].join('\r\n')}\r\n`;
}

import {
  GenericNack,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtcpTransportLayerFeedback,
  RtpHeader,
  type RTCDtlsTransport,
} from 'werift';

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
  /** Every packet by its number, also the lost ones. */
  readonly sent: Map<number, OutgoingPacket>;
}

/** The server's half of one receiver's media connection: werift as the answering side, packets made here. */
export class LoopbackMedia {
  readonly #peer: RTCPeerConnection;
  readonly #streams = new Map<string, Stream>();
  #transport: RTCDtlsTransport | null = null;
  /** Whether packets that are asked for are sent again. */
  answersNacks = false;
  /** Numbers of the packets that were asked for. */
  readonly asked = new Set<number>();

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
      this.#streams.set(buses[line] ?? '', { ssrc: transceiver.sender.ssrc, sequence: 65_530, sent: new Map() });
      this.#transport = transceiver.dtlsTransport;
    });
    this.#transport?.onRtcp.subscribe((packet) => {
      const feedback = packet instanceof RtcpTransportLayerFeedback ? packet.feedback : null;
      if (!(feedback instanceof GenericNack)) return;
      for (const number of feedback.lost) this.asked.add(number);
      if (this.answersNacks) this.#sendAgain(feedback);
    });
    return nameStreams(this.#peer.localDescription?.sdp ?? '', buses);
  }

  send(bus: string, packet: OutgoingPacket): void {
    const stream = this.#streams.get(bus);
    if (stream && this.connected) this.#transmit(stream, this.#number(stream, packet), packet);
  }

  /** A packet that the network swallows. */
  lose(bus: string, packet: OutgoingPacket): void {
    const stream = this.#streams.get(bus);
    if (stream) this.#number(stream, packet);
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }

  #number(stream: Stream, packet: OutgoingPacket): number {
    const number = stream.sequence & 0xffff;
    stream.sequence += 1;
    stream.sent.set(number, packet);
    return number;
  }

  #transmit(stream: Stream, sequenceNumber: number, packet: OutgoingPacket): void {
    const header = new RtpHeader({
      version: 2,
      payloadType: 111,
      sequenceNumber,
      timestamp: packet.timestamp,
      ssrc: stream.ssrc,
      csrc: [packet.csrc],
      csrcLength: 1,
      marker: packet.marker ?? false,
    });
    void this.#transport?.sendRtp(Buffer.from(packet.payload), header);
  }

  #sendAgain(nack: GenericNack): void {
    for (const stream of this.#streams.values()) {
      if (stream.ssrc !== nack.mediaSourceSsrc) continue;
      for (const number of nack.lost) {
        const packet = stream.sent.get(number);
        if (packet) this.#transmit(stream, number, packet);
      }
    }
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

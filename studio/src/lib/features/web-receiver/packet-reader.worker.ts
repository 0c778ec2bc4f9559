import { transformOptionsSchema, type PacketMessage, type ReaderMessage } from './packet-messages.ts';

// What is used here of the encoded transform interface; the DOM library does not describe the worker's side of it.
interface EncodedFrame {
  readonly data: ArrayBuffer;
  /** Older browsers have the RTP timestamp here. */
  readonly timestamp?: number;
  getMetadata(): {
    readonly contributingSources?: readonly number[];
    readonly sequenceNumber?: number;
    readonly rtpTimestamp?: number;
  };
}
interface TransformEvent extends Event {
  readonly transformer: {
    readonly readable: ReadableStream<EncodedFrame>;
    readonly options: unknown;
  };
}

let packets: MessagePort | null = null;
self.onmessage = ({ data }: MessageEvent<ReaderMessage>) => {
  packets = data.port;
};

/** Hands every packet of one bus to the renderer; the browser's own decoder gets none. */
function readBus(bus: string): (frame: EncodedFrame) => void {
  let counted = 0;
  return (frame) => {
    const metadata = frame.getMetadata();
    const csrc = metadata.contributingSources?.[0];
    const timestamp = metadata.rtpTimestamp ?? frame.timestamp;
    if (csrc === undefined || timestamp === undefined) return;
    // Without numbers packets are taken in the order of arrival; duplicates are then known by their stamps.
    counted = (counted + 1) & 0xffff;
    const message: PacketMessage = {
      bus,
      sequence: metadata.sequenceNumber ?? counted,
      timestamp,
      csrc,
      arrivedAtMs: performance.timeOrigin + performance.now(),
      payload: new Uint8Array(frame.data),
    };
    packets?.postMessage(message);
  };
}

/** Control messages are data in audio packets. */
function readControl(): (frame: EncodedFrame) => void {
  const decoder = new TextDecoder();
  return (frame) => self.postMessage({ control: decoder.decode(frame.data) });
}

self.addEventListener('rtctransform', (event) => {
  const { transformer } = event as TransformEvent;
  const options = transformOptionsSchema.parse(transformer.options);
  const read = options.kind === 'control' ? readControl() : readBus(options.bus);
  // The stream ends with its connection, in whatever way that ends.
  transformer.readable.pipeTo(new WritableStream({ write: read })).catch(() => undefined);
});

import { transformOptionsSchema, type BusMessage, type TransformOptions } from './bus-messages.ts';
import { BusFilter } from './bus-filter.ts';

// What is used here of the encoded transform interface; the DOM library does not describe the worker's side of it.
interface EncodedFrame {
  readonly data: ArrayBuffer;
  getMetadata(): { readonly contributingSources?: readonly number[] };
}
interface TransformEvent extends Event {
  readonly transformer: {
    readonly readable: ReadableStream<EncodedFrame>;
    readonly writable: WritableStream<EncodedFrame>;
    readonly options: unknown;
  };
}

/** A page needs to know of packets well within the half second after which a broadcast counts as gone. */
const TELL_MS = 40;

function tell(message: BusMessage): void {
  self.postMessage(message);
}

function watchBus(bus: number): Transformer<EncodedFrame, EncodedFrame> {
  const filter = new BusFilter();
  const told = new Map<number, { at: number; packets: number }>();
  return {
    transform(frame, controller) {
      const now = performance.now();
      const csrc = frame.getMetadata().contributingSources?.[0];
      if (csrc === undefined) return;
      const entry = told.get(csrc) ?? { at: Number.NEGATIVE_INFINITY, packets: 0 };
      entry.packets += 1;
      if (now - entry.at >= TELL_MS) {
        tell({ type: 'frames', bus, csrc, packets: entry.packets });
        entry.at = now;
        entry.packets = 0;
      }
      told.set(csrc, entry);
      if (filter.passes(csrc, now)) controller.enqueue(frame);
    },
  };
}

/** Control messages are data in audio packets: they are read here and never reach a decoder. */
function watchControl(): Transformer<EncodedFrame, EncodedFrame> {
  const decoder = new TextDecoder();
  return { transform: (frame) => tell({ type: 'control', payload: decoder.decode(frame.data) }) };
}

function transformerFor(options: TransformOptions): Transformer<EncodedFrame, EncodedFrame> {
  return options.kind === 'control' ? watchControl() : watchBus(options.bus);
}

self.addEventListener('rtctransform', (event) => {
  const { transformer } = event as TransformEvent;
  const options = transformOptionsSchema.parse(transformer.options);
  void transformer.readable.pipeThrough(new TransformStream(transformerFor(options))).pipeTo(transformer.writable);
});

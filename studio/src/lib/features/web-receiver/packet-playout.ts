import opusUrl from '@evan/opus/wasm/simd.wasm?url';
import { steadyNow } from '#lib/live/steady-clock.ts';
import type { PlayoutSettings } from '@loa/shared/playout/playout-engine';
import { pilotSchema } from '@loa/shared/protocol/pilot';
import { OUTPUT_READING_MS, OutputClock, readOutput } from './output-clock.ts';
import {
  controlSchema,
  type ReaderMessage,
  type RendererMessage,
  type RendererOptions,
  type TransformOptions,
} from './packet-messages.ts';
import Reader from './packet-reader.worker.ts?worker';
import rendererUrl from './packet-renderer.worklet.ts?worker&url';
import type { BusReceivers, PagePlayout, PlayoutHandlers, PlayoutProgress } from './page-playout.ts';

const CLOCK_INTERVAL_MS = 500;

/** The rules of every receiver in a page: a worker reads the packets, the engine of `shared` plays them on the audio thread. */
export class PacketPlayout implements PagePlayout {
  readonly access = 'packets';
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  readonly #reader = new Reader();
  readonly #outputClock = new OutputClock();
  #connections = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #clockAt = Number.NEGATIVE_INFINITY;
  #toldInterruptions = 0;

  private constructor(context: AudioContext, node: AudioWorkletNode, handlers: PlayoutHandlers) {
    this.#context = context;
    this.#node = node;
    node.onprocessorerror = () => handlers.onFailed();
    node.port.onmessage = ({ data }: MessageEvent<PlayoutProgress>) => handlers.onProgress(data);
    this.#reader.onmessage = ({ data }: MessageEvent<unknown>) => {
      const parsed = controlSchema.safeParse(data);
      const pilot = parsed.success ? pilotSchema.safeParse(parseJson(parsed.data.control)) : null;
      if (pilot?.success) handlers.onPilot(pilot.data);
    };
    const { port1, port2 } = new MessageChannel();
    this.#reader.postMessage({ port: port1 } satisfies ReaderMessage, [port1]);
    this.#send({ type: 'packets', port: port2 }, [port2]);
    node.connect(context.destination);
  }

  /** Whether this browser lets pages read packets. */
  static isPossible(): boolean {
    return typeof RTCRtpScriptTransform !== 'undefined' && typeof AudioWorkletNode !== 'undefined';
  }

  static async open(
    context: AudioContext,
    settings: PlayoutSettings,
    handlers: PlayoutHandlers,
  ): Promise<PacketPlayout> {
    const [module] = await Promise.all([compileOpus(), context.audioWorklet.addModule(rendererUrl)]);
    const processorOptions: RendererOptions = { module, settings };
    const node = new AudioWorkletNode(context, 'packet-playout', {
      numberOfInputs: 0,
      outputChannelCount: [1],
      processorOptions,
    });
    return new PacketPlayout(context, node, handlers);
  }

  configure(settings: PlayoutSettings): void {
    this.#send({ type: 'settings', settings });
  }

  attach({ control, buses }: BusReceivers): void {
    this.#connections += 1;
    this.#send({ type: 'joined' });
    this.#read(control, { kind: 'control' });
    for (const [index, bus] of buses.entries()) this.#read(bus, { kind: 'bus', bus: `${this.#connections}/${index}` });
  }

  tick(serverOffsetMs: number | null): void {
    const now = steadyNow();
    if (now - this.#readAt >= OUTPUT_READING_MS) {
      this.#readAt = now;
      this.#noteOutput(now);
    }
    const { offsetMs: outputOffsetMs, errorMs: outputErrorMs, interruptions } = this.#outputClock;
    const isDue = now - this.#clockAt >= CLOCK_INTERVAL_MS || interruptions !== this.#toldInterruptions;
    if (serverOffsetMs === null || !isDue) return;
    this.#clockAt = now;
    this.#toldInterruptions = interruptions;
    if (outputOffsetMs === null) return;
    const outputMs = Math.max(0, this.#context.currentTime * 1_000 + outputOffsetMs - now);
    this.#send({ type: 'clock', clock: { serverOffsetMs, outputOffsetMs, outputMs, outputErrorMs, interruptions } });
  }

  close(): void {
    this.#node.disconnect();
    this.#reader.terminate();
  }

  #noteOutput(now: number): void {
    if (this.#context.state !== 'running') return;
    this.#outputClock.note(readOutput(this.#context, now));
  }

  #read(receiver: RTCRtpReceiver, options: TransformOptions): void {
    receiver.transform = new RTCRtpScriptTransform(this.#reader, options);
  }

  #send(message: RendererMessage, transfer: Transferable[] = []): void {
    this.#node.port.postMessage(message, transfer);
  }
}

async function compileOpus(): Promise<WebAssembly.Module> {
  const response = await fetch(opusUrl);
  if (!response.ok) throw new Error(`the decoder does not load: ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

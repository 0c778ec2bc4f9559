import { createOpusDecoders, OPUS_WASM_IMPORTS, startOpusWasm } from '@loa/shared/playout/opus-decoder';
import { PacketRenderer } from './packet-renderer.ts';
import type { PacketMessage, RendererMessage, RendererOptions } from './packet-messages.ts';

// The part of AudioWorkletGlobalScope that is used here; the DOM library does not describe it.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const currentTime: number;
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: RendererOptions }) => AudioWorkletProcessor,
): void;

class PacketPlayoutProcessor extends AudioWorkletProcessor {
  readonly #renderer: PacketRenderer;

  constructor({ processorOptions }: { processorOptions: RendererOptions }) {
    super();
    const instance = new WebAssembly.Instance(processorOptions.module, OPUS_WASM_IMPORTS);
    const decoders = createOpusDecoders(startOpusWasm(instance.exports));
    this.#renderer = new PacketRenderer(decoders, processorOptions.settings);
    this.port.onmessage = ({ data }: MessageEvent<RendererMessage>) => this.#onMessage(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [mono, ...others] = outputs[0] ?? [];
    if (!mono) return true;
    const progress = this.#renderer.render(mono, currentTime * 1_000);
    for (const channel of others) channel.set(mono);
    if (progress) this.port.postMessage(progress);
    return true;
  }

  #onMessage(message: RendererMessage): void {
    if (message.type === 'settings') this.#renderer.configure(message.settings);
    else if (message.type === 'clock') this.#renderer.setClock(message.clock);
    else if (message.type === 'joined') this.#renderer.join();
    else message.port.onmessage = ({ data }: MessageEvent<PacketMessage>) => void this.#renderer.push(data);
  }
}

registerProcessor('packet-playout', PacketPlayoutProcessor);

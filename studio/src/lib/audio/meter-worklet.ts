import { LoudnessMeter } from './loudness.ts';

// The part of AudioWorkletGlobalScope that is used here; the DOM library does not describe it.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class LevelMeterProcessor extends AudioWorkletProcessor {
  readonly #meter = new LoudnessMeter();

  process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (channel) this.#meter.push(channel, (reading) => this.port.postMessage(reading));
    return true;
  }
}

registerProcessor('level-meter', LevelMeterProcessor);

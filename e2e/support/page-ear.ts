import type { BrowserContextOptions, Page } from '@playwright/test';
import type { Sound } from './sound.ts';

declare global {
  interface Window {
    /** Everything that the page sent to the loudspeaker: mono, 8 kHz, 16 bit. */
    loaOutput?: Int16Array[];
  }
}

/** The recorder comes from a blob, which the studio's policy rightly forbids. */
export const EAR_CONTEXT: BrowserContextOptions = { bypassCSP: true };

/** Records what a page sends to its loudspeaker, from its next visit on. */
export async function openPageEar(page: Page): Promise<{ heard(): Promise<Sound> }> {
  await page.addInitScript(() => {
    const recorder = `
      registerProcessor('test-recorder', class extends AudioWorkletProcessor {
        sum = 0; count = 0; out = new Int16Array(800); at = 0;
        process([input]) {
          const block = input[0] ?? new Float32Array(128);
          for (const value of block) {
            this.sum += value; this.count += 1;
            if (this.count < sampleRate / 8000) continue;
            this.out[this.at++] = Math.max(-1, Math.min(1, this.sum / this.count)) * 32767;
            this.sum = 0; this.count = 0;
            if (this.at < this.out.length) continue;
            this.port.postMessage(this.out);
            this.out = new Int16Array(800); this.at = 0;
          }
          return true;
        }
      });`;
    const url = URL.createObjectURL(new Blob([recorder], { type: 'text/javascript' }));
    window.loaOutput = [];
    const record = async (node: AudioNode): Promise<void> => {
      await (node.context as AudioContext).audioWorklet.addModule(url);
      const tap = new AudioWorkletNode(node.context, 'test-recorder', {
        channelCount: 1,
        channelCountMode: 'explicit',
      });
      tap.port.onmessage = ({ data }: MessageEvent<Int16Array>) => window.loaOutput?.push(data);
      node.connect(tap);
    };
    const connect = AudioNode.prototype.connect as (this: AudioNode, ...args: unknown[]) => AudioNode;
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      if (args[0] instanceof AudioDestinationNode) void record(this);
      return connect.apply(this, args);
    } as typeof AudioNode.prototype.connect;
  });
  return {
    async heard() {
      const samples = await page.evaluate(() => (window.loaOutput ?? []).flatMap((piece) => [...piece]));
      return Float32Array.from(samples, (value) => value / 32_768);
    },
  };
}

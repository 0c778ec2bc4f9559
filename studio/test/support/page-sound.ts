import { vi } from 'vitest';

/** Sound that goes nowhere, for a page that decodes no packets itself (`tracks`), and a worker that ticks. */
export function aSilentPage(tickMs = 50, outputLatency = 0): void {
  class Node {
    readonly gain = { value: 0, setTargetAtTime() {}, cancelScheduledValues() {}, setValueAtTime() {} };
    readonly fftSize = 2_048;
    connect(next: unknown): unknown {
      return next;
    }
    disconnect(): void {}
    getFloatTimeDomainData(): void {}
  }
  class Context {
    readonly state = 'running';
    readonly currentTime = 0;
    readonly baseLatency = 0;
    readonly outputLatency = outputLatency;
    readonly destination = new Node();
    resume = () => Promise.resolve();
    close = () => Promise.resolve();
    createMediaStreamSource = () => new Node();
  }
  class Ticking {
    onmessage: (() => void) | null = null;
    readonly #timer = setInterval(() => this.onmessage?.(), tickMs);
    terminate(): void {
      clearInterval(this.#timer);
    }
  }
  class Element {
    play = () => Promise.resolve();
  }
  vi.stubGlobal('AudioContext', Context);
  for (const name of ['GainNode', 'DynamicsCompressorNode', 'AnalyserNode']) vi.stubGlobal(name, Node);
  vi.stubGlobal('MediaStream', EventTarget);
  vi.stubGlobal('Audio', Element);
  vi.stubGlobal('Worker', Ticking);
}

import { afterEach, expect, test, vi } from 'vitest';
import { aSilentPage } from '../../../../test/support/page-sound.ts';
import { BusMixer, makeUpGain } from './bus-mixer.ts';

afterEach(() => void vi.unstubAllGlobals());

test('PO93: what a compressor of the browser adds is known: nothing without compression, 1.14 dB at -2 dB and 20:1', () => {
  expect(makeUpGain({ threshold: -2, ratio: 1 })).toBe(1);
  expect(20 * Math.log10(makeUpGain({ threshold: -2, ratio: 20 }))).toBeCloseTo(1.14, 5);
});

test('PO93: it is taken away again before the loudspeaker, so that what is below the threshold leaves as it came', () => {
  aSilentPage();
  const chain: (object | undefined)[] = [];
  class Node {
    readonly options: { readonly gain?: number; readonly threshold?: number } | undefined;
    constructor(_: unknown, options?: { readonly gain?: number }) {
      this.options = options;
    }
    connect(next: Node): Node {
      chain.push(next.options);
      return next;
    }
  }
  for (const name of ['GainNode', 'DynamicsCompressorNode', 'AnalyserNode']) vi.stubGlobal(name, Node);
  new BusMixer(new AudioContext());
  const [limiter, after] = chain as [{ threshold: number; ratio: number }, { gain: number }];
  expect(limiter.threshold).toBeLessThan(0);
  expect(after.gain * makeUpGain(limiter)).toBeCloseTo(1, 9);
});

import { afterEach, expect, test, vi } from 'vitest';
import { MicChain } from './mic-chain.ts';

afterEach(() => void vi.unstubAllGlobals());

test('a microphone that gets no chain is stopped, and its context closed: nobody would see it open', async () => {
  const closed: string[] = [];
  vi.stubGlobal(
    'AudioContext',
    class {
      readonly audioWorklet = { addModule: () => Promise.reject(new DOMException('no file', 'AbortError')) };
      close(): Promise<void> {
        closed.push('context');
        return Promise.resolve();
      }
    },
  );
  const input = { getTracks: () => [{ stop: () => closed.push('track') }] } as unknown as MediaStream;
  const nothing = () => undefined;
  const opening = MicChain.open(input, 'speech', { onLevel: nothing, onAsleep: nothing, onHold: nothing });
  await expect(opening).rejects.toThrow('no file');
  expect(closed).toEqual(['track', 'context']);
});

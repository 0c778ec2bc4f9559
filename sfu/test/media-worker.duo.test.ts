import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMediaWorker, type MediaWorker } from '../src/pump/workers/media-worker.ts';
import { findReceivingAudio, findSendingAudio, parseOffer } from '../src/sdp/offer.ts';
import * as offers from './support/offers.ts';
import { waitFor } from './support/wait-for.ts';

function startWorker(onDied: (error: Error) => void, log = pino({ level: 'silent' })): Promise<MediaWorker> {
  const workerBin = process.env['MEDIASOUP_WORKER_BIN'];
  return createMediaWorker({ host: '127.0.0.1', announcedAddress: undefined, port: 0, workerBin, log, onDied });
}

describe('a worker that hangs', () => {
  it('is killed and reported, although it says nothing itself', async () => {
    let died: Error | null = null;
    const worker = await startWorker((error) => (died = error));
    process.kill(worker.pid, 'SIGSTOP');
    await waitFor(() => (died ? '' : 'the end of the worker'));
    worker.close();
  });
});

describe('the stream to a worker', () => {
  it('is found, so that packets for many zones go in one piece', async () => {
    const lines: string[] = [];
    const worker = await startWorker(() => undefined, pino({ level: 'warn' }, { write: (line) => lines.push(line) }));
    worker.close();
    expect(lines).toEqual([]);
  });
});

describe('offers that were damaged on their way', () => {
  let worker: MediaWorker;
  let died: Error | null = null;
  beforeAll(async () => {
    worker = await startWorker((error) => (died = error));
  });
  afterAll(() => worker.close());

  /** Leaves out, repeats, swaps and breaks lines of an offer that somebody really writes. */
  const damaged = fc
    .tuple(
      fc.constantFrom(...Object.values(offers)),
      fc.array(fc.tuple(fc.constantFrom('drop', 'repeat', 'swap', 'break'), fc.nat(60), fc.nat(60), fc.string()), {
        minLength: 1,
        maxLength: 6,
      }),
    )
    .map(([offer, changes]) => {
      const lines = offer.split('\r\n');
      for (const [how, at, other, text] of changes) {
        const i = at % lines.length;
        const j = other % lines.length;
        const [line = '', second = ''] = [lines[i], lines[j]];
        if (how === 'drop') lines.splice(i, 1);
        if (how === 'repeat') lines.splice(j, 0, line);
        if (how === 'swap') [lines[i], lines[j]] = [second, line];
        if (how === 'break') lines[i] = `${line.slice(0, other % (line.length + 1))}${text}`;
      }
      return lines.join('\r\n');
    });

  it('are refused with a reason or taken, and the worker lives', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (sdp) => {
        const offer = parseOffer(sdp);
        if (!offer.ok) {
          expect(offer.error.message).toMatch(/\w/);
          return;
        }
        findSendingAudio(offer.value);
        findReceivingAudio(offer.value);
        const { transport } = await worker.openTransport(111, offer.value.dtls);
        transport.close();
        taken += 1;
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
    expect(died).toBeNull();
  });
});

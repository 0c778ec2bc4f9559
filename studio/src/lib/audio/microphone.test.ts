import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MicChain } from './mic-chain.ts';
import { Microphone } from './microphone.svelte.ts';

let answers: Array<PromiseWithResolvers<MediaStream>>;
const input = { getAudioTracks: () => [] } as unknown as MediaStream;

beforeEach(() => {
  answers = [];
  const getUserMedia = () => {
    const answer = Promise.withResolvers<MediaStream>();
    answers.push(answer);
    return answer.promise;
  };
  const mediaDevices = { getUserMedia, enumerateDevices: () => Promise.resolve([]), removeEventListener: vi.fn() };
  vi.stubGlobal('navigator', { mediaDevices });
  vi.stubGlobal('localStorage', { setItem: () => undefined, removeItem: () => undefined });
  vi.spyOn(MicChain, 'open').mockImplementation(() => Promise.resolve({ close: vi.fn() } as unknown as MicChain));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('two that ask at once, as desk and emergency after a reload, both get the one microphone', async () => {
  const microphone = new Microphone();
  const both = [microphone.open(), microphone.open()];
  answers[0]?.resolve(input);
  expect(await Promise.all(both)).toEqual([true, true]);
  expect(answers).toHaveLength(1);
});

test('both hear of a refusal, and the next one asks again', async () => {
  const microphone = new Microphone();
  const both = [microphone.open(), microphone.open()];
  answers[0]?.reject(new DOMException('no', 'NotAllowedError'));
  expect([await Promise.all(both), microphone.state]).toEqual([[false, false], 'denied']);
  const again = microphone.open();
  answers[1]?.resolve(input);
  expect(await again).toBe(true);
});

test.each(['succeeded', 'failed'])(
  'an opening that was overtaken by another choice, and %s, answers what that one does',
  async (how) => {
    const microphone = new Microphone();
    const first = microphone.open();
    const chosen = microphone.choose('another', 'raw');
    if (how === 'succeeded') answers[0]?.resolve(input);
    else answers[0]?.reject(new DOMException('no', 'NotReadableError'));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    expect(microphone.state).toBe('asking');
    const meanwhile = microphone.open();
    answers[1]?.resolve(input);
    await chosen;
    expect([await first, await meanwhile, microphone.state, answers.length]).toEqual([true, true, 'ready', 2]);
    expect(microphone.deviceId).toBe('another');
  },
);

test('one that another program uses is told from one that is broken', async () => {
  const microphone = new Microphone();
  const opening = microphone.open();
  answers[0]?.reject(new DOMException('no', 'NotReadableError'));
  expect([await opening, microphone.state]).toEqual([false, 'busy']);
});

test('a browser that does not tell its devices takes nobody’s microphone away', async () => {
  vi.spyOn(navigator.mediaDevices, 'enumerateDevices').mockRejectedValue(new DOMException('no', 'NotAllowedError'));
  const microphone = new Microphone();
  const opening = microphone.open();
  answers[0]?.resolve(input);
  expect([await opening, microphone.state]).toEqual([true, 'ready']);
});

test('an opening that was overtaken by the end of the page has failed', async () => {
  const microphone = new Microphone();
  const first = microphone.open();
  microphone.close();
  answers[0]?.resolve(input);
  expect([await first, microphone.state]).toEqual([false, 'off']);
});

test('another choice leaves what speaks on until it is open, whatever becomes of the old one meanwhile', async () => {
  const microphone = new Microphone();
  const end = Promise.withResolvers<() => void>();
  const track = { addEventListener: (_: string, ended: () => void) => end.resolve(ended) };
  const opening = microphone.open();
  answers[0]?.resolve({ getAudioTracks: () => [track] } as unknown as MediaStream);
  await opening;
  const old = microphone.chain;
  microphone.asleep = true;
  const chosen = microphone.choose('another', 'speech');
  (await end.promise)();
  expect([microphone.state, microphone.chain === old]).toEqual(['asking', true]);
  expect(old?.close).not.toHaveBeenCalled();
  answers[1]?.resolve(input);
  await chosen;
  expect([microphone.state, microphone.chain === old, microphone.asleep]).toEqual(['ready', false, false]);
  expect(old?.close).toHaveBeenCalledOnce();
});

test('another choice that cannot be opened leaves none: the old one is not what was chosen', async () => {
  const microphone = new Microphone();
  const opening = microphone.open();
  answers[0]?.resolve(input);
  await opening;
  const old = microphone.chain;
  const chosen = microphone.choose(null, 'raw');
  answers[1]?.reject(new DOMException('no', 'NotFoundError'));
  await chosen;
  expect([microphone.state, microphone.chain]).toEqual(['missing', null]);
  expect(old?.close).toHaveBeenCalledOnce();
});

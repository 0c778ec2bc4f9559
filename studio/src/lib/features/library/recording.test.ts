import { afterEach, describe, expect, test, vi } from 'vitest';
import { Recording } from './recording.svelte.ts';

const recorder = vi.hoisted(() => ({
  permission: Promise.withResolvers<void>(),
  stopped: 0,
}));
vi.mock('opus-recorder', () => ({
  default: class {
    start() {
      return recorder.permission.promise;
    }
    stop() {
      recorder.stopped += 1;
      return Promise.resolve();
    }
  },
}));

afterEach(() => {
  recorder.permission = Promise.withResolvers<void>();
  recorder.stopped = 0;
});

describe('a recording', () => {
  test('that was given up while the browser asked for the microphone does not run unseen', async () => {
    const recording = new Recording();
    const started = recording.start(null, 'speech');
    await vi.dynamicImportSettled();
    recording.discard();
    recorder.permission.resolve();
    await started;
    expect([recording.state, recorder.stopped]).toEqual(['idle', 1]);
  });

  test.each([
    ['NotAllowedError', true],
    ['NotFoundError', false],
  ])('tells a microphone that is not allowed from one that does not work: %s', async (name, denied) => {
    const recording = new Recording();
    const started = recording.start(null, 'speech');
    recorder.permission.reject(new DOMException('no', name));
    await started;
    expect([recording.state, recording.denied]).toEqual(['failed', denied]);
  });
});

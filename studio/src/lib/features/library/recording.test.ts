import { afterEach, describe, expect, test, vi } from 'vitest';
import { Recording } from './recording.svelte.ts';

const recorder = vi.hoisted(() => ({
  permission: Promise.withResolvers<void>(),
  /** Microphones that were asked for, that are not plugged in. */
  unplugged: new Map<string | undefined, string>(),
  asked: [] as Array<string | undefined>,
  stopped: 0,
  closed: 0,
}));
vi.mock('opus-recorder', () => ({
  default: class {
    readonly #device: string | undefined;
    ondataavailable: ((page: ArrayBuffer) => void) | null = null;
    onstop: (() => void) | null = null;
    constructor({ mediaTrackConstraints }: { mediaTrackConstraints: { deviceId?: { exact: string } } }) {
      this.#device = mediaTrackConstraints.deviceId?.exact;
    }
    start() {
      recorder.asked.push(this.#device);
      const name = recorder.unplugged.get(this.#device);
      return name === undefined ? recorder.permission.promise : Promise.reject(new DOMException('no', name));
    }
    close() {
      recorder.closed += 1;
    }
    stop() {
      recorder.stopped += 1;
      this.ondataavailable?.(new ArrayBuffer(8));
      this.onstop?.();
      return Promise.resolve();
    }
  },
}));

afterEach(() => {
  recorder.permission = Promise.withResolvers<void>();
  recorder.unplugged.clear();
  recorder.asked = [];
  recorder.stopped = 0;
  recorder.closed = 0;
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

  test('of which nothing was saved is kept when its page is left, and no longer runs; what was not begun is given up', async () => {
    const recording = new Recording();
    const started = recording.start(null, 'speech');
    recording.leave();
    recorder.permission.resolve();
    await started;
    expect([recording.state, recording.unsaved]).toEqual(['idle', false]);

    await recording.start(null, 'speech');
    recording.title = 'Bão số 5';
    recording.leave();
    await vi.waitUntil(() => recording.state === 'done');
    recording.leave();
    expect([recording.unsaved, recording.audio?.size, recording.title, recorder.stopped]).toEqual([
      true,
      8,
      'Bão số 5',
      2,
    ]);
    recording.discard();
    expect([recording.unsaved, recording.title]).toEqual([false, '']);
  });

  test('goes when it is saved; one that was made meanwhile stays, and a refusal is kept with what it is about', async () => {
    const recording = new Recording();
    recorder.permission.resolve();
    const record = async () => {
      await recording.start(null, 'speech');
      await recording.stop();
    };
    await record();
    await recording.save(() => Promise.resolve('the disk is full'));
    expect([recording.state, recording.saving, recording.remedy]).toEqual(['done', false, 'the disk is full']);

    const answer = Promise.withResolvers<null>();
    const saving = recording.save(() => answer.promise);
    expect(recording.saving).toBe(true);
    await record();
    answer.resolve(null);
    await saving;
    expect([recording.state, recording.unsaved, recording.saving, recording.remedy]).toEqual([
      'done',
      true,
      false,
      null,
    ]);

    await recording.save(() => Promise.resolve(null));
    expect([recording.state, recording.unsaved]).toEqual(['idle', false]);
    await recording.save(() => Promise.reject(new Error('there is nothing to save')));
  });

  test('with a microphone that is not plugged in today takes the default one', async () => {
    recorder.unplugged.set('usb', 'OverconstrainedError');
    recorder.permission.resolve();
    const recording = new Recording();
    await recording.start('usb', 'speech');
    expect([recording.state, recorder.asked, recorder.closed]).toEqual(['recording', ['usb', undefined], 1]);
    recording.discard();
  });

  test('asks nobody a second time who has said no', async () => {
    recorder.unplugged.set('usb', 'NotAllowedError');
    const recording = new Recording();
    await recording.start('usb', 'speech');
    expect([recording.state, recording.failure, recorder.asked]).toEqual(['failed', 'denied', ['usb']]);
  });

  test.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'],
    ['UnknownError', 'failed'],
  ])(
    'tells a microphone that is not allowed from one that is not there, is in use or does not work: %s',
    async (name, failure) => {
      recorder.unplugged.set(undefined, name);
      const recording = new Recording();
      await recording.start(null, 'speech');
      expect([recording.state, recording.failure]).toEqual(['failed', failure]);
    },
  );
});

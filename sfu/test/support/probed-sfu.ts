import { afterAll, afterEach, beforeAll } from 'vitest';
import { createRig, type Rig } from './rig.ts';
import { type SfuStack, type SfuStackOptions, startSfuStack } from './sfu-stack.ts';
import { type SoundProbe, startSoundProbe } from './sound-probe.ts';

export interface ProbedSfu {
  readonly sfu: SfuStack;
  readonly rig: Rig;
  readonly probe: SoundProbe;
}

/**
 * For a whole test file: an sfu in processes of its own with sound on air in ward 26506. Whatever a test does, that sound
 * has no gap; what a test leaves behind is closed after it.
 */
export function useProbedSfu(onStarted: (started: ProbedSfu) => unknown, settings: SfuStackOptions['settings'] = {}) {
  let started: ProbedSfu | undefined;
  beforeAll(async () => {
    const sfu = await startSfuStack({ separate: true, settings });
    try {
      const rig = createRig(sfu);
      const probe = await startSoundProbe(sfu, '26506');
      started = { sfu, rig, probe };
      await probe.begin();
      await onStarted(started);
    } catch (error) {
      await started?.probe.close();
      await sfu.close();
      started = undefined;
      throw error;
    }
  });
  afterAll(async () => {
    if (!started) return;
    const { probe, sfu } = started;
    try {
      await probe.expectSound();
      await probe.expectUnbroken();
    } finally {
      await probe.close();
      await sfu.close();
    }
  });
  afterEach(async () => {
    if (!started) return;
    const { probe, rig } = started;
    try {
      await probe.expectUnbroken();
    } finally {
      await rig.reset([probe.broadcastId]);
    }
  });
}

import { describe, expect, it } from 'vitest';
import { createDiskRoom, MIN_FREE_BYTES } from './disk-room.ts';

const MB = 1_000_000;

/** A disk with so much room above what is never filled. */
function disk(room: number) {
  const state = { free: MIN_FREE_BYTES + room };
  const { openShare } = createDiskRoom(() => Promise.resolve(state.free));
  /** As if it were written at once. */
  const write = async (share: ReturnType<typeof openShare>, bytes: number) => {
    const taken = await share.take(bytes);
    if (taken) state.free -= bytes;
    return taken;
  };
  return { state, openShare, write };
}

describe('room for uploads', () => {
  it('is promised once, though both ask before either has written anything', async () => {
    const { openShare } = disk(700 * MB);
    const [first, second] = [openShare(), openShare()];
    expect(await first.claim(600 * MB)).toBe(true);
    expect(await second.claim(200 * MB)).toBe(false);
    expect(await second.claim(100 * MB)).toBe(true);
  });

  it('two that ask at the same moment are not both refused when there is room for one', async () => {
    const { openShare } = disk(100 * MB);
    const answers = await Promise.all([openShare().claim(80 * MB), openShare().claim(80 * MB)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('is what was promised, also when it is written: nothing counts twice', async () => {
    const { openShare, write } = disk(100 * MB);
    const [first, second] = [openShare(), openShare()];
    await first.claim(60 * MB);
    for (let n = 0; n < 6; n++) expect(await write(first, 10 * MB)).toBe(true);
    expect(await second.claim(40 * MB)).toBe(true);
    expect(await openShare().claim(1)).toBe(false);
  });

  it('is looked for while something comes in that was not announced', async () => {
    const { state, openShare, write } = disk(100 * MB);
    const [first, second] = [openShare(), openShare()];
    const written = [0, 0];
    for (let n = 0; n < 100; n++)
      for (const [i, share] of [first, second].entries())
        if (await write(share, MB)) written[i] = (written[i] ?? 0) + 1;
    expect(state.free).toBeGreaterThanOrEqual(MIN_FREE_BYTES);
    expect((written[0] ?? 0) + (written[1] ?? 0)).toBeGreaterThan(80);
  });

  it('comes back when an upload ends, breaks off or could not be looked up', async () => {
    const { openShare } = disk(100 * MB);
    const first = openShare();
    await first.claim(90 * MB);
    await first.take(10 * MB);
    first.close();
    first.close();
    expect(await openShare().claim(100 * MB)).toBe(true);
    const late = openShare();
    const answer = late.claim(1);
    late.close();
    expect(await answer).toBe(false);
    let broken = true;
    const room = createDiskRoom(() =>
      broken ? Promise.reject(new Error('no disk')) : Promise.resolve(MIN_FREE_BYTES + 10),
    );
    await expect(room.openShare().claim(10)).rejects.toThrow('no disk');
    broken = false;
    expect(await room.openShare().claim(10)).toBe(true);
  });
});

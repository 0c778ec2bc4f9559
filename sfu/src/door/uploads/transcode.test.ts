import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FRAME_MS, MAX_SEGMENT_MS } from '@loa/shared/protocol/limits';
import { convert, makeTone } from '../../../test/support/audio-files.ts';
import { readOpusPackets } from './ogg-packets.ts';
import { checkLength, probeAudio } from './probe-audio.ts';
import { transcode } from './transcode.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'loa-transcode-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An MP3 that states no length, and begins at so high a bit rate that it is taken for a much shorter one. */
async function makeUnderestimated(seconds: number): Promise<string> {
  const parts = [
    ['320k', 1],
    ['32k', seconds - 1],
  ] as const;
  const bytes = [];
  for (const [rate, length] of parts) {
    const tone = await makeTone(join(folder, `${rate}.wav`), length);
    const bare = ['-b:a', rate, '-write_xing', '0', '-id3v2_version', '0'];
    bytes.push(readFileSync(await convert(tone, join(folder, `${rate}.mp3`), ...bare)));
  }
  const path = join(folder, 'joined.mp3');
  writeFileSync(path, Buffer.concat(bytes));
  return path;
}

async function decodedMs(path: string, maxMs: number): Promise<number> {
  const target = join(folder, 'result.ogg');
  await transcode({ path, ...(await probeAudio(path)) }, target, () => undefined, { maxMs });
  return (await readOpusPackets(target)).length * FRAME_MS;
}

describe('a sound that is longer than it looks', () => {
  it('is not cut to the length that is allowed, so that it is refused', async () => {
    const path = await makeUnderestimated(6);
    const probed = await probeAudio(path);
    expect(probed.durationMs).toBeLessThan(3_000);
    const length = await decodedMs(path, 4_000);
    expect(() => checkLength(probed, length, 4_000)).toThrow(expect.objectContaining({ code: 'too-long' }));
  });

  it('is taken when it is as long as is allowed', async () => {
    const path = await makeTone(join(folder, 'tone.wav'), 4);
    const length = await decodedMs(path, 4_000);
    expect(() => checkLength({ demuxer: 'wav', durationMs: 4_000 }, length, 4_000)).not.toThrow();
  });

  it.each([
    [0, false],
    [1_000, true],
  ])('an hour and %i ms', (moreMs, isRefused) => {
    const check = () => checkLength({ demuxer: 'mp3', durationMs: 1_000 }, MAX_SEGMENT_MS + moreMs);
    if (isRefused) expect(check).toThrow(expect.objectContaining({ code: 'too-long' }));
    else expect(check).not.toThrow();
  });
});

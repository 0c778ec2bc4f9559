import type { MicChain } from '#lib/audio/mic-chain.ts';
import type { Door } from '#lib/live/door.ts';
import type { ChimeWish } from './wish.ts';

/** Plays the chime; the microphone is shut until it is over, and opens at once if it cannot be played. Answers its length, ms. */
export async function leadWithChime(chain: MicChain, door: Door, chime: ChimeWish): Promise<number> {
  if (!('segmentId' in chime)) return chain.chime(chime);
  const audio = await door.audio(chime.segmentId);
  const lengthMs = audio.ok ? await chain.chimeFrom(audio.value).catch(() => 0) : 0;
  if (lengthMs === 0) chain.openGate();
  return lengthMs;
}

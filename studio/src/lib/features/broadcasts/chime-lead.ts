import type { ChimeTurn } from '#lib/audio/chime-gate.ts';
import type { Door } from '#lib/live/door.ts';
import type { ChimeWish } from './wish.ts';

/** Plays the chime; the microphone is shut until it is over, and opens at once if it cannot be played. Answers its length, ms. */
export async function leadWithChime(turn: ChimeTurn, door: Door, chime: ChimeWish): Promise<number> {
  if (!('segmentId' in chime)) return turn.play(chime);
  const audio = await door.audio(chime.segmentId);
  const lengthMs = audio.ok ? await turn.playEncoded(audio.value).catch(() => null) : null;
  if (lengthMs === null) turn.end();
  return lengthMs ?? 0;
}

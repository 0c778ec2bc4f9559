import type { ChimeTurn } from '#lib/audio/chime-gate.ts';
import type { Door } from '#lib/live/door.ts';
import type { ChimeWish } from './wish.ts';

/**
 * Plays the chime; the microphone is shut until it is over. Answers its length, ms. One that cannot be fetched or played
 * rejects, and the microphone is open at once.
 */
export async function leadWithChime(turn: ChimeTurn, door: Door, chime: ChimeWish): Promise<number> {
  if (!('segmentId' in chime)) return turn.play(chime);
  try {
    const audio = await door.audio(chime.segmentId);
    if (!audio.ok) throw new Error(audio.error.message);
    return await turn.playEncoded(audio.value);
  } catch (cause) {
    turn.end();
    throw new Error('the chime could not be played', { cause });
  }
}

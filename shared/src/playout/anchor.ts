import { SAMPLES_PER_MS, type StampSample } from './stamp-sample.ts';

/** While something is heard, the playout position is only moved when it is wrong by more than this, in ms. */
export const MAX_POSITION_ERROR_MS = 40;
/** In a pause it is moved when it is wrong by more than this, in ms. */
export const QUIET_POSITION_ERROR_MS = 0.5;
/** It must have been quiet for this long before the position is moved in a pause, in ms. */
export const QUIET_BEFORE_MOVE_MS = 100;

export interface PositionJudgement {
  /** First sample to render now, with a fraction. */
  readonly position: StampSample;
  /** How far the position was moved against going on, in samples; 0 when it goes on. */
  readonly moved: number;
  /** How far the position is from where it should be after that, in samples: what resampling has to take up. */
  readonly error: number;
}

/**
 * PO14: goes on where the last block ended unless the clock says that this is wrong by too much. Small errors are left to
 * resampling (PO27), because moving the position is a click.
 */
export function judgePosition(
  previous: StampSample | null,
  target: StampSample,
  heard: boolean,
  quietMs: number,
): PositionJudgement {
  if (previous === null) return { position: target, moved: 0, error: 0 };
  const error = target - previous;
  const pause = !heard || quietMs >= QUIET_BEFORE_MOVE_MS;
  const boundMs = pause ? QUIET_POSITION_ERROR_MS : MAX_POSITION_ERROR_MS;
  if (Math.abs(error) <= boundMs * SAMPLES_PER_MS) return { position: previous, moved: 0, error };
  return { position: target, moved: error, error: 0 };
}

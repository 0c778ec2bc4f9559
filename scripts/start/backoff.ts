const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** A program that has run this long was all right; its next end counts as its first. */
export const STEADY_AFTER_MS = 60_000;

/** How long to wait before a program that ended by itself is started again; `ends` counts from 1. */
export const restartDelayMs = (ends: number): number => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (ends - 1));

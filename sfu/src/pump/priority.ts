import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Unix niceness, -20 to 19; below the kernel's own threads, above all else. */
const AUDIO_NICE = -15;

/**
 * Puts this process, and the media worker that it starts later, above everything else on the machine: sound comes first.
 * Throws when that is not allowed. Linux weighs sessions before processes (autogroup, see sched(7)), so a process that leads
 * a session of its own raises that too.
 */
export function raisePriority(): void {
  setPriority(AUDIO_NICE);
  const session = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')[3];
  if (Number(session) === process.pid) writeFileSync('/proc/self/autogroup', String(AUDIO_NICE));
}

/** Why no microphone could be opened: not allowed, not there, in the hands of another program, or anything else. */
export type MicrophoneFailure = 'denied' | 'missing' | 'busy' | 'failed';

const NAMES: Readonly<Record<string, MicrophoneFailure>> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
};

export function microphoneFailure(cause: unknown): MicrophoneFailure {
  return cause instanceof DOMException ? (NAMES[cause.name] ?? 'failed') : 'failed';
}

/** Why no microphone could be opened: not allowed, not there, or anything else. */
export type MicrophoneFailure = 'denied' | 'missing' | 'failed';

export function microphoneFailure(cause: unknown): MicrophoneFailure {
  if (!(cause instanceof DOMException)) return 'failed';
  if (cause.name === 'NotAllowedError' || cause.name === 'SecurityError') return 'denied';
  return cause.name === 'NotFoundError' || cause.name === 'OverconstrainedError' ? 'missing' : 'failed';
}

/** How a microphone signal is treated before it is sent. */
export type VoiceMode = 'speech' | 'raw';

/**
 * `speech`: a person at a desk microphone in an ordinary room. `raw`: a mixing desk or a recorder, whose sound must not be
 * changed. One channel in both: announcements are mono, and stereo would halve the bits for the voice.
 */
export function microphoneConstraints(deviceId: string | null, mode: VoiceMode): MediaTrackConstraints {
  const processed = mode === 'speech';
  return {
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
    channelCount: { ideal: 1 },
    sampleRate: { ideal: 48_000 },
    echoCancellation: processed,
    noiseSuppression: processed,
    autoGainControl: processed,
  };
}

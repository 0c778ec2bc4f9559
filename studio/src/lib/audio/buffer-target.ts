/** The largest target that a browser takes, in ms (W3C webrtc-extensions, `jitterBufferTarget`: above it a RangeError). */
export const MAX_BUFFER_TARGET_MS = 4_000;

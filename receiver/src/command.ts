/**
 * What Node is given to run a receiver, relative to the clone. What a receiver makes lives for a frame or two, so little room for young
 * objects is enough; V8's own 16 MB for each half stay resident (measured: 139 MB in all instead of 165, `receiver-cost`).
 */
export const RECEIVER_COMMAND = ['--max-semi-space-size=2', 'receiver/src/main.ts'] as const;

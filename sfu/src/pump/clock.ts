/**
 * The server's clock in ms since the Unix epoch, with fractions. It starts at the wall clock and then runs on the monotonic
 * one, so that a step of the wall clock never moves a sample.
 */
export function serverNow(): number {
  return performance.timeOrigin + performance.now();
}

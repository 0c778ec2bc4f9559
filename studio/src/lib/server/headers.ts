/** Lets the page talk to the door, whose address is known only at run time, and closes what nobody needs. */
export function addDoor(headers: Headers, doorUrl: string): void {
  const policy = headers.get('content-security-policy');
  if (policy) {
    const { origin } = new URL(doorUrl);
    const socket = origin.replace(/^http/, 'ws');
    headers.set(
      'content-security-policy',
      policy
        .replace("connect-src 'self'", `connect-src 'self' ${origin} ${socket}`)
        .replace("media-src 'self'", `media-src 'self' ${origin}`),
    );
  }
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'same-origin');
  headers.set('permissions-policy', 'microphone=(self), screen-wake-lock=(self), camera=(), geolocation=()');
  headers.set('cross-origin-opener-policy', 'same-origin');
}

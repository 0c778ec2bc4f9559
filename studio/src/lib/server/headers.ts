/** Lets the page talk to its doors, whose addresses are known only at run time, and closes what nobody needs. */
export function addDoors(headers: Headers, doorUrls: readonly string[]): void {
  const policy = headers.get('content-security-policy');
  if (policy) {
    const origins = [...new Set(doorUrls.map((url) => new URL(url).origin))];
    const sockets = origins.map((origin) => origin.replace(/^http/, 'ws'));
    headers.set(
      'content-security-policy',
      policy
        .replace("connect-src 'self'", `connect-src 'self' ${[...origins, ...sockets].join(' ')}`)
        .replace("media-src 'self'", `media-src 'self' ${origins.join(' ')}`),
    );
  }
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'same-origin');
  headers.set('permissions-policy', 'microphone=(self), screen-wake-lock=(self), camera=(), geolocation=()');
  headers.set('cross-origin-opener-policy', 'same-origin');
}

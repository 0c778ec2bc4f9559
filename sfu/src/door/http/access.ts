import type { Request, RequestHandler } from 'express';
import { ProblemError } from '../problem-error.ts';
import { sameText } from '../same-text.ts';

export function hasToken(request: Request, accessToken: string): boolean {
  const [scheme, token] = (request.get('authorization') ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && sameText(token, accessToken);
}

/** Throws unless the request carries the token. */
export function requireToken(request: Request, accessToken: string): void {
  if (!hasToken(request, accessToken)) {
    throw new ProblemError('unauthorized', 'Authorization: send "Bearer" and the access token of this installation', {
      field: 'Authorization',
    });
  }
}

/**
 * Throws unless the request carries the token for watching over this node, or the one that may do everything. Whoever only
 * watches should have the first: the other may speak to a whole city.
 */
export function requireMonitor(request: Request, accessToken: string, metricsToken: string | null): void {
  if (metricsToken !== null && hasToken(request, metricsToken)) return;
  requireToken(request, accessToken);
}

/** Listening is for everybody's pages; the id of a session is unguessable. */
export const PUBLIC_LISTENING = ['/whep/zones/', '/whep/sessions/'] as const;

/**
 * A browser says where a request comes from. What changes something, or hands out the token, is only for pages of an allowed
 * origin; programs without an origin are told apart by their token.
 */
export function createOriginGuard(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const origin = request.get('origin');
    const reading = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    const listening = PUBLIC_LISTENING.some((path) => request.path.startsWith(path));
    if (origin !== undefined && !reading && !allowed.includes(origin) && !listening) {
      throw new ProblemError('forbidden', `Origin: ${origin} is not allowed; add it to SFU_STUDIO_ORIGINS`, {
        field: 'Origin',
      });
    }
    next();
  };
}

/** Names under which a server is asked that listens at `host` and is told of by these URLs. */
export function namesOf(host: string, urls: readonly string[]): string[] {
  const named = urls.map((url) => new URL(url).hostname.replace(/^\[|\]$/g, ''));
  return ['localhost', '127.0.0.1', '::1', host, ...named];
}

/** Whether a `Host` header names one of these hosts, on whatever port. */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  const host = (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return allowed.includes(host.toLowerCase());
}

/** Names under which a page of this machine may ask; any other means that a foreign name was made to point here (DNS rebinding). */
export function createHostGuard(allowedHosts: () => readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const host = request.get('host');
    if (!isAllowedHost(host, allowedHosts())) {
      throw new ProblemError(
        'forbidden',
        `Host: ${(host ?? '').slice(0, 100)} is not a name of this server; set SFU_PUBLIC_URL`,
        { field: 'Host' },
      );
    }
    next();
  };
}

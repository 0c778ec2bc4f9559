import { timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { ProblemError } from '../problem-error.ts';

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

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
 * A browser says where a request comes from. What changes something, or hands out the token, is only for pages of an allowed
 * origin; programs without an origin are told apart by their token.
 */
export function createOriginGuard(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const origin = request.get('origin');
    const reading = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (origin !== undefined && !reading && !allowed.includes(origin) && !request.path.startsWith('/whep/zones/')) {
      throw new ProblemError('forbidden', `Origin: ${origin} is not allowed; add it to SFU_STUDIO_ORIGINS`, {
        field: 'Origin',
      });
    }
    next();
  };
}

/** Names under which a page of this machine may ask; any other means that a foreign name was made to point here (DNS rebinding). */
export function createHostGuard(allowedHosts: () => readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const host = (request.get('host') ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    if (!allowedHosts().includes(host)) {
      throw new ProblemError(
        'forbidden',
        `Host: ${host.slice(0, 100)} is not a name of this server; set SFU_PUBLIC_URL`,
        { field: 'Host' },
      );
    }
    next();
  };
}

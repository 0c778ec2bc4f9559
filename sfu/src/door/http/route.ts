import type { Request, RequestHandler, Response, Router } from 'express';
import type { z } from 'zod';
import { ProblemError, toSchemaProblem } from '../problem-error.ts';

/** One address of the HTTP API: what it takes and gives, which also describes it (`openapi.ts`). */
export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** In express form, below `/api/v1`, e.g. `/broadcasts/:broadcastId`. */
  readonly path: string;
  readonly summary: string;
  /** `token`: needs `Authorization: Bearer`. */
  readonly access: 'public' | 'token';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The handler reads a form with a file itself. */
  readonly upload?: true;
  readonly status: number;
  /** Absent: the handler writes the response itself, or there is none. */
  readonly answer?: z.ZodType;
  /** What the handler writes itself, e.g. `audio/ogg`. */
  readonly answerType?: string;
  handle(input: RouteInput): Promise<unknown> | unknown;
}

export interface RouteInput {
  readonly params: Record<string, never>;
  readonly query: Record<string, never>;
  readonly body: never;
  readonly request: Request;
  readonly response: Response;
}

/** Gives a handler the types of its schemas; they are checked before it is called. */
export function route<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
>(
  definition: Omit<Route, 'handle' | 'params' | 'query' | 'body'> & {
    readonly params?: P;
    readonly query?: Q;
    readonly body?: B;
    handle(input: {
      params: z.output<P>;
      query: z.output<Q>;
      body: z.output<B>;
      request: Request;
      response: Response;
    }): Promise<unknown> | unknown;
  },
): Route {
  return definition as unknown as Route;
}

function check(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return value;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw toSchemaProblem(parsed.error);
  return parsed.data;
}

/** Serves routes; `authorize` throws when the request may not come in. */
export function serveRoutes(router: Router, routes: readonly Route[], authorize: (request: Request) => void): void {
  for (const definition of routes) {
    const handler: RequestHandler = async (request, response) => {
      if (definition.access === 'token') authorize(request);
      if (definition.body && !request.is('application/json')) {
        throw new ProblemError('unsupported-media-type', 'Content-Type: send application/json', {
          field: 'Content-Type',
        });
      }
      const answer = await definition.handle({
        params: check(definition.params, request.params) as Record<string, never>,
        query: check(definition.query, request.query) as Record<string, never>,
        body: check(definition.body, request.body) as never,
        request,
        response,
      });
      if (definition.answer) response.status(definition.status).json(answer);
      else if (!response.headersSent && !response.writableEnded && answer === null)
        response.status(definition.status).end();
    };
    router[definition.method](definition.path, handler);
  }
}

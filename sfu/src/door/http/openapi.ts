import { OpenApiGeneratorV31, OpenAPIRegistry, extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problemSchema } from '@loa/shared/protocol/errors';
import { readinessSchema } from '../monitoring/readiness.ts';
import { uploadFieldsSchema } from '../uploads/receive-upload.ts';
import type { Route } from './route.ts';

extendZodWithOpenApi(z);

const SDP = { 'application/sdp': { schema: z.string() } };
const FRAGMENT = { 'application/trickle-ice-sdpfrag': { schema: z.string() } };
const JSON_TYPE = 'application/json';
const PROBLEM = {
  description: 'What is wrong and how to mend it',
  content: { [JSON_TYPE]: { schema: z.object({ error: problemSchema }) } },
};
const NEEDS_TOKEN = { security: [{ token: [] }] };

/** A title may be left out: the name of the file is taken then. */
const UPLOAD = uploadFieldsSchema.extend({
  title: uploadFieldsSchema.shape.title.optional(),
  file: z.string().openapi({ format: 'binary' }),
});

const MEDIA_DOORS = [
  {
    path: '/whip',
    summary: 'Send sound in (WHIP, RFC 9725)',
    secured: true,
    query: z.object({ label: z.string().max(120).optional() }),
  },
  {
    path: '/whep/receivers/{receiverId}',
    summary: 'Listen as a receiver: control bus and one bus per zone (WHEP)',
    secured: true,
    params: z.object({ receiverId: z.string() }),
  },
  {
    path: '/whep/zones/{zoneId}',
    summary: 'Listen to what is on air in a zone, with any player (WHEP)',
    secured: false,
    params: z.object({ zoneId: z.string() }),
  },
];
/** Who knows the id of a listening session may end it; a source is ended only by who may speak. */
const MEDIA_SESSIONS = [
  { path: '/whip/{session}', secured: true },
  { path: '/whep/sessions/{session}', secured: false },
];

function registerMediaDoors(registry: OpenAPIRegistry): void {
  for (const { path, summary, secured, params, query } of MEDIA_DOORS) {
    registry.registerPath({
      method: 'post',
      path,
      summary,
      ...(secured ? NEEDS_TOKEN : {}),
      request: {
        ...(params ? { params } : {}),
        ...(query ? { query } : {}),
        body: { content: SDP, required: true },
      },
      responses: {
        201: {
          description: 'SDP answer; headers as in RFC 9725',
          headers: z.object({ Location: z.string(), ETag: z.string(), Link: z.string().optional() }),
          content: SDP,
        },
        default: PROBLEM,
      },
    });
  }
  for (const { path, secured } of MEDIA_SESSIONS) {
    const params = z.object({ session: z.string() });
    registry.registerPath({
      method: 'patch',
      path,
      summary: 'Trickle ICE (204) or restart it (200)',
      ...(secured ? NEEDS_TOKEN : {}),
      request: {
        params,
        headers: z.object({ 'If-Match': z.string().openapi({ description: 'The ETag of the ICE session, or *' }) }),
        body: { content: FRAGMENT, required: true },
      },
      responses: {
        200: { description: 'New ICE credentials', headers: z.object({ ETag: z.string() }), content: FRAGMENT },
        204: { description: 'Taken note of' },
        default: PROBLEM,
      },
    });
    registry.registerPath({
      method: 'delete',
      path,
      summary: 'End the session',
      ...(secured ? NEEDS_TOKEN : {}),
      request: { params },
      responses: { 200: { description: 'Ended' }, default: PROBLEM },
    });
  }
}

/** What the application answers beside its routes (`app.ts`). */
function registerOwnPaths(registry: OpenAPIRegistry): void {
  const json = (description: string, schema: z.ZodType) => ({ description, content: { [JSON_TYPE]: { schema } } });
  registry.registerPath({
    method: 'get',
    path: '/api/v1/session',
    summary: 'The access token, for pages of an allowed origin; anybody else needs it already',
    security: [{}, { token: [] }],
    responses: {
      200: json('What this page may do', z.object({ studio: z.boolean(), token: z.string() })),
      default: PROBLEM,
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/api/v1/openapi.json',
    summary: 'This document',
    responses: { 200: json('OpenAPI 3.1', z.looseObject({})) },
  });
  registry.registerPath({
    method: 'get',
    path: '/healthz',
    summary: 'Whether the door answers at all',
    responses: { 200: json('It does', z.object({ ok: z.literal(true) })) },
  });
  registry.registerPath({
    method: 'get',
    path: '/readyz',
    summary: 'Whether this node can do its work, and which of its parts are away',
    responses: { 200: json('It can', readinessSchema), 503: json('It cannot', readinessSchema) },
  });
  registry.registerPath({
    method: 'get',
    path: '/metrics',
    summary: 'Figures of this node for Prometheus; the access token or SFU_METRICS_TOKEN',
    ...NEEDS_TOKEN,
    responses: {
      200: { description: 'Text format 0.0.4', content: { 'text/plain': { schema: z.string() } } },
      default: PROBLEM,
    },
  });
}

function registerRoute(registry: OpenAPIRegistry, route: Route): void {
  const { method, path, summary, access, params, query, body, upload, status, answer, answerType } = route;
  const success = answer ? { [JSON_TYPE]: { schema: answer } } : answerType && { [answerType]: { schema: z.string() } };
  registry.registerPath({
    method,
    path: `/api/v1${path.replace(/:(\w+)/g, '{$1}')}`,
    summary,
    ...(access === 'token' ? NEEDS_TOKEN : {}),
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(body ? { body: { content: { [JSON_TYPE]: { schema: body } }, required: true } } : {}),
      ...(upload ? { body: { content: { 'multipart/form-data': { schema: UPLOAD } }, required: true } } : {}),
    },
    responses: { [status]: { description: summary, ...(success ? { content: success } : {}) }, default: PROBLEM },
  });
}

/** The OpenAPI 3.1 document of all doors, made from the schemas that check them. */
export function describeApi(routes: readonly Route[], version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  for (const route of routes) registerRoute(registry, route);
  registerMediaDoors(registry);
  registerOwnPaths(registry);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Loa',
      version,
      description: 'Live broadcast studio for a public-address network',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
  });
}

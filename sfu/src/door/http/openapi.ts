import { OpenApiGeneratorV31, OpenAPIRegistry, extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problemSchema } from '@loa/shared/protocol/errors';
import { uploadFieldsSchema } from '../uploads/receive-upload.ts';
import type { Route } from './route.ts';

extendZodWithOpenApi(z);

const SDP = { 'application/sdp': { schema: z.string() } };
const FRAGMENT = { 'application/trickle-ice-sdpfrag': { schema: z.string() } };

function registerMediaDoors(registry: OpenAPIRegistry): void {
  const doors = [
    { path: '/whip', summary: 'Send sound in (WHIP, RFC 9725)', secured: true },
    {
      path: '/whep/receivers/{receiverId}',
      summary: 'Listen as a receiver: control bus and one bus per zone (WHEP)',
      secured: true,
    },
    {
      path: '/whep/zones/{zoneId}',
      summary: 'Listen to what is on air in a zone, with any player (WHEP)',
      secured: false,
    },
  ];
  for (const { path, summary, secured } of doors) {
    const params = /\{(\w+)\}/.exec(path)?.[1];
    const request = params ? { params: z.object({ [params]: z.string() }) } : {};
    registry.registerPath({
      method: 'post',
      path,
      summary,
      ...(secured ? { security: [{ token: [] }] } : {}),
      request: { ...request, body: { content: SDP } },
      responses: { 201: { description: 'SDP answer; Location, ETag and Link as in RFC 9725', content: SDP } },
    });
  }
  for (const path of ['/whip/{session}', '/whep/sessions/{session}']) {
    const params = z.object({ session: z.string() });
    registry.registerPath({
      method: 'patch',
      path,
      summary: 'Trickle ICE (204) or restart it (200)',
      request: { params, body: { content: FRAGMENT } },
      responses: {
        200: { description: 'New ICE credentials', content: FRAGMENT },
        204: { description: 'Taken note of' },
      },
    });
    registry.registerPath({
      method: 'delete',
      path,
      summary: 'End the session',
      request: { params },
      responses: { 200: { description: 'Ended' } },
    });
  }
}

/** The OpenAPI 3.1 document of all doors, made from the schemas that check them. */
export function describeApi(routes: readonly Route[], version: string): object {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  const problem = {
    description: 'What is wrong and how to mend it',
    content: { 'application/json': { schema: z.object({ error: problemSchema }) } },
  };
  for (const { method, path, summary, access, params, query, body, status, answer } of routes) {
    const upload = method === 'post' && path === '/segments';
    const form = { 'multipart/form-data': { schema: uploadFieldsSchema.extend({ file: z.string() }) } };
    registry.registerPath({
      method,
      path: `/api/v1${path.replace(/:(\w+)/g, '{$1}')}`,
      summary,
      ...(access === 'token' ? { security: [{ token: [] }] } : {}),
      request: {
        ...(params ? { params } : {}),
        ...(query ? { query } : {}),
        ...(body ? { body: { content: { 'application/json': { schema: body } } } } : {}),
        ...(upload ? { body: { content: form } } : {}),
      },
      responses: {
        [status]: { description: summary, ...(answer ? { content: { 'application/json': { schema: answer } } } : {}) },
        default: problem,
      },
    });
  }
  registerMediaDoors(registry);
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

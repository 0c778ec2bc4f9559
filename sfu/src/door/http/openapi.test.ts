import { describe, expect, it } from 'vitest';
import { broadcastRoutes } from './broadcast-routes.ts';
import { networkRoutes } from './network-routes.ts';
import { describeApi } from './openapi.ts';
import { segmentRoutes } from './segment-routes.ts';

const nothing = {} as never;
const routes = [
  ...broadcastRoutes(nothing, nothing, nothing, nothing),
  ...segmentRoutes(nothing, nothing, nothing, nothing),
  ...networkRoutes(nothing),
];
interface Operation {
  readonly summary?: string;
  readonly security?: ReadonlyArray<Record<string, unknown>>;
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string; readonly required?: boolean }>;
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, unknown> };
  readonly responses: Record<string, { readonly description?: string; readonly content?: Record<string, unknown> }>;
}
const document = JSON.parse(JSON.stringify(describeApi(routes, '1'))) as {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { readonly securitySchemes?: Record<string, unknown>; readonly [part: string]: unknown };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const operationOf = (path: string, method: string) => document.paths[path]?.[method];

describe('the OpenAPI document', () => {
  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('describes %s', (_, route) => {
    const operation = operationOf(`/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`, route.method);
    expect(operation?.summary).toBe(route.summary);
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining([String(route.status), 'default']));
    expect(Boolean(operation?.security?.some((scheme) => 'token' in scheme))).toBe(route.access === 'token');
    if (route.body) expect(operation?.requestBody?.content).toHaveProperty(['application/json']);
    if (route.answer) expect(operation?.responses[route.status]?.content).toHaveProperty(['application/json']);
    const query = operation?.parameters?.filter((parameter) => parameter.in === 'query').map(({ name }) => name) ?? [];
    expect(query.sort()).toEqual(Object.keys(route.query?.shape ?? {}).sort());
  });

  it('describes the media doors', () => {
    for (const path of ['/whip', '/whep/receivers/{receiverId}', '/whep/zones/{zoneId}'])
      expect(operationOf(path, 'post')?.requestBody?.content).toHaveProperty(['application/sdp']);
    for (const path of ['/whip/{session}', '/whep/sessions/{session}'])
      expect(Object.keys(document.paths[path] ?? {}).sort()).toEqual(['delete', 'patch']);
  });

  it('says who needs the token, what has to be sent and what may be answered at the media doors', () => {
    const secured = (path: string, method: string) => Boolean(operationOf(path, method)?.security?.length);
    for (const method of ['patch', 'delete']) {
      expect(secured('/whip/{session}', method)).toBe(true);
      expect(secured('/whep/sessions/{session}', method)).toBe(false);
    }
    expect(operationOf('/whip', 'post')?.parameters).toMatchObject([{ name: 'label', in: 'query', required: false }]);
    for (const path of ['/whip/{session}', '/whep/sessions/{session}'])
      expect(operationOf(path, 'patch')?.parameters).toContainEqual(
        expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
      );
    for (const { path, operation } of operations.filter((each) => /^\/wh[ie]p/.test(each.path)))
      expect([path, Object.keys(operation.responses)]).toEqual([path, expect.arrayContaining(['default'])]);
    expect(operationOf('/whip', 'post')?.responses['201']).toHaveProperty('headers.Location');
  });

  it('every body that is described has to be sent', () => {
    const bodies = operations.filter(({ operation }) => operation.requestBody);
    expect(bodies.length).toBeGreaterThan(5);
    for (const { path, operation } of bodies) expect([path, operation.requestBody?.required]).toEqual([path, true]);
  });

  it.each(['/api/v1/session', '/api/v1/openapi.json', '/healthz', '/readyz', '/metrics'])('describes %s', (path) => {
    expect(operationOf(path, 'get')?.responses).toHaveProperty('200');
  });

  it('is whole: every parameter of a path is declared, every answer has words, every reference leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      for (const response of Object.values(operation.responses)) expect(response.description).toMatch(/\w/);
      for (const scheme of operation.security ?? [])
        for (const name of Object.keys(scheme)) expect(document.components?.securitySchemes).toHaveProperty(name);
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
    for (const reference of references) expect(document).toHaveProperty(reference.split('/'));
  });

  it('tells what an upload consists of', () => {
    const form = operationOf('/api/v1/segments', 'post')?.requestBody?.content['multipart/form-data'];
    expect(form).toMatchObject({ schema: { required: ['file'], properties: { title: { maxLength: 200 } } } });
  });

  it('tells that a segment is sent as sound', () => {
    const audio = operationOf('/api/v1/segments/{segmentId}/audio', 'get');
    expect(audio?.responses['200']?.content).toHaveProperty(['audio/ogg']);
  });
});

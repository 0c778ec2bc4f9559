import { readFileSync } from 'node:fs';
import { bindMigrationAwareSqlAdapterFactory, type ErrorRegistry } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { EngineArguments } from './arguments.ts';
import { createDetachedFactory, createPostgresFactory } from './postgres-adapter.ts';

/** A method of the engine by the name it has in JSON-RPC. */
export type EngineMethod = (params: unknown) => Promise<unknown>;
export type EngineMethods = (name: string) => EngineMethod | null;

/** The engine names a driver's own error by a number only, and the migration in a trace; people need both in words. */
const explain = (error: unknown, registry: ErrorRegistry): unknown => {
  const text = error instanceof Error ? error.message : '';
  const id = /External error id#(\d+)/.exec(text)?.[1];
  const cause = id === undefined ? undefined : registry.consumeError(Number(id))?.error;
  if (!(cause instanceof Error)) return error;
  const migration = /migration_name="([^"]*)"/.exec(text)?.[1];
  if (migration === undefined) return cause;
  return Object.assign(new Error(`migration ${migration} failed: ${cause.message}`, { cause }), { code: 'P3018' });
};

/** Starts Prisma's own schema engine, compiled to WebAssembly, on top of a JavaScript driver. */
export const createEngine = async (
  { url, schemaPaths }: EngineArguments,
  onLog: (line: string) => void,
): Promise<EngineMethods> => {
  const factory = url === '' ? createDetachedFactory() : createPostgresFactory(url);
  const bound = bindMigrationAwareSqlAdapterFactory(factory);
  const datamodels = schemaPaths.map((path): [string, string] => [path, readFileSync(path, 'utf8')]);
  const engine = await SchemaEngine.new(
    { datamodels: datamodels.length === 0 ? undefined : datamodels },
    onLog,
    bound,
  ).catch((error: unknown) => {
    throw explain(error, bound.errorRegistry);
  });
  return (name) => {
    const method: unknown = Reflect.get(engine, name);
    if (typeof method !== 'function') return null;
    return async (params): Promise<unknown> => {
      try {
        return (await method.call(engine, params)) as unknown;
      } catch (error) {
        throw explain(error, bound.errorRegistry);
      }
    };
  };
};

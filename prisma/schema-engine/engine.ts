import { readFileSync } from 'node:fs';
import { bindMigrationAwareSqlAdapterFactory, type ErrorRegistry } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import type { EngineArguments } from './arguments.ts';
import { createDetachedFactory, createPostgresFactory } from './postgres-adapter.ts';

/** A method of the engine by the name it has in JSON-RPC. */
export type EngineMethod = (params: unknown) => Promise<unknown>;
export type EngineMethods = (name: string) => EngineMethod | null;

/** The engine names a driver's own error by a number only; the registry has the error itself. */
const unwrap = (error: unknown, registry: ErrorRegistry): unknown => {
  const id = /External error id#(\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return (id === undefined ? undefined : registry.consumeError(Number(id))?.error) ?? error;
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
    throw unwrap(error, bound.errorRegistry);
  });
  return (name) => {
    const method: unknown = Reflect.get(engine, name);
    if (typeof method !== 'function') return null;
    return async (params): Promise<unknown> => {
      try {
        return (await method.call(engine, params)) as unknown;
      } catch (error) {
        throw unwrap(error, bound.errorRegistry);
      }
    };
  };
};

#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
// Stands in for Prisma's native schema engine where that cannot be downloaded: the same JSON-RPC on stdio, served by
// the engine's WebAssembly build. Prisma's command line runs it when PRISMA_SCHEMA_ENGINE_BINARY names this file.
import { createInterface } from 'node:readline';
import { type EngineArguments, parseArguments } from './arguments.ts';
import { runDatabaseCommand, toPrismaCode } from './database-commands.ts';
import { createEngine, type EngineMethods } from './engine.ts';
import { createSession } from './session.ts';

const log = (level: 'INFO' | 'ERROR', fields: object): void => {
  const entry = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(entry)}\n`);
};

const runCommand = async (command: NonNullable<EngineArguments['command']>, url: string): Promise<void> => {
  // The command line throws away the first line and reads the rest as log entries.
  log('INFO', { message: 'schema engine (WebAssembly)' });
  try {
    await runDatabaseCommand(command, url);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log('ERROR', { message, error_code: toPrismaCode(error), is_panic: false });
    process.exitCode = 1;
  }
};

const serve = async (options: EngineArguments): Promise<void> => {
  let engine: Promise<EngineMethods> | undefined;
  const session = createSession({
    engine: () => (engine ??= createEngine(options, (line) => process.stderr.write(`${line}\n`))),
    createDatabase: () => runDatabaseCommand('create-database', options.url),
    write: (message) => process.stdout.write(`${JSON.stringify(message)}\n`),
  });
  for await (const line of createInterface({ input: process.stdin })) await session(line);
  // Pooled connections and the shadow database would keep the process alive.
  process.exit(0);
};

const options = parseArguments(process.argv.slice(2));
await (options.command === null ? serve(options) : runCommand(options.command, options.url));

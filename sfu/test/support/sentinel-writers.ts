import { join } from 'node:path';
import { createPieceReader, differencesOf } from './log-pieces.ts';
import type { RedisServer } from './redis-server.ts';
import type { SentinelSet, SetMember } from './sentinel-set.ts';
import { type SpawnedNode, spawnNode } from './spawn-node.ts';
import { waitFor } from './wait-for.ts';
import type { Collected, WriterOrder, WriterStanding } from './writer-process.ts';

export interface Writer extends SpawnedNode<WriterOrder> {
  tell(): Promise<WriterStanding>;
}

export interface WriterSettings {
  readonly url: string;
  readonly name: string;
  readonly zone: string;
  readonly replicas: number;
  /** How long the log is waited for. */
  readonly openTimeoutMs?: number;
}

/** On the side of a server. */
export async function startWriter(at: SetMember, settings: WriterSettings): Promise<Writer> {
  const script = join(import.meta.dirname, 'writer-process.ts');
  const node = await spawnNode<WriterOrder>(
    settings.name,
    script,
    { WRITER: JSON.stringify(settings) },
    at.commandThere,
  );
  return { ...node, tell: () => node.ask<WriterStanding>({ do: 'tell' }) };
}

/** What the writers and the log have to say of all that happened since the last time. */
export interface Verdict {
  /** Of the events in the log. */
  readonly hashes: ReadonlySet<string>;
  readonly events: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  /** Versions that some node folded twice, not at all, or otherwise than the log has them. */
  readonly differences: number;
  readonly replacements: number;
}

/** One node on each side of a set, and the log that they write. */
export interface Writers {
  readonly all: readonly Writer[];
  /** Acknowledgements of these so far. */
  acknowledged(which?: readonly Writer[]): Promise<number>;
  write(): Promise<void>;
  /** So many acknowledgements from now on, of these alone. */
  untilWritten(count: number, which?: readonly Writer[]): Promise<void>;
  /** They write no more, and all and the master end with the same event: what a failover took back has been given back. */
  untilAgreed(): Promise<void>;
  /** Of the events that a server has since the last time. */
  hashesOn(server: RedisServer): Promise<string[]>;
  /** Once they agree. `also`: what somebody else was told to be done. */
  judge(also?: readonly string[]): Promise<Verdict>;
  close(): Promise<void>;
}

/** A failover, and all that has to come back after it, on a busy machine. */
const PATIENCE_MS = 60_000;

export async function startWriters(set: SentinelSet, zones: readonly string[]): Promise<Writers> {
  const all = await Promise.all(
    zones.map((zone, n) => startWriter(set.members[n]!, { url: set.url, name: `at-${n}`, zone, replicas: 1 })),
  );
  const reader = createPieceReader();
  const stands = () => Promise.all(all.map((writer) => writer.tell()));
  const ask = <T>(order: WriterOrder) => Promise.all(all.map((writer) => writer.ask<T>(order)));
  const acknowledged = async (which: readonly Writer[] = all) => {
    const standings = await Promise.all(which.map((writer) => writer.tell()));
    return standings.reduce((sum, standing) => sum + standing.acknowledged, 0);
  };
  const describe = async () => {
    const standings = (await stands()).map(({ version, reachable }) => `${version} ${String(reachable)}`);
    return `nodes: ${standings.join()}; servers: ${await set.describe()}`;
  };
  let stored = 0;

  return {
    all,
    acknowledged,
    write: async () => void (await ask({ do: 'write' })),
    async untilWritten(count, which = all) {
      const target = (await acknowledged(which)) + count;
      await waitFor(async () => {
        const missing = target - (await acknowledged(which));
        return missing <= 0 ? '' : `${missing} acknowledgements; ${await describe()}`;
      }, PATIENCE_MS);
    },
    async untilAgreed() {
      await ask({ do: 'rest' });
      await waitFor(async () => {
        const end = await (await set.master()).server.send('HGET', 'loa:log:head', 'hash').catch(() => 'gone');
        const agreed = (await stands()).every(({ hash, reachable }) => reachable && hash === end);
        return agreed ? '' : `the log ends with ${String(end)}; ${await describe()}`;
      }, PATIENCE_MS);
    },
    hashesOn: (server) => reader.hashesOn(server),
    async judge(also = []) {
      const piece = await reader.next((await set.master()).server);
      // What was judged before may go from the log.
      const collected = await ask<Collected>({ do: 'collect', stored });
      stored = piece.after.version + piece.entries.length;
      const told = [...collected.flatMap((each) => each.acknowledged), ...also];
      return {
        hashes: new Set(piece.entries.map(({ hash }) => hash)),
        events: piece.entries.length,
        acknowledged: told.length,
        lost: piece.lostOf(told),
        differences: collected.reduce((sum, { folded }) => sum + differencesOf(folded, piece), 0),
        replacements: (await stands()).reduce((sum, { replacements }) => sum + replacements, 0),
      };
    },
    async close() {
      for (const writer of all) await writer.kill();
    },
  };
}

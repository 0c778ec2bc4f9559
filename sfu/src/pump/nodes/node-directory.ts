import type { Logger } from 'pino';
import { z } from 'zod';
import type { NodeId } from '../../config/node-name.ts';
import type { RedisAddress } from '../log/redis-address.ts';
import { listenForBell } from '../log/redis-bell.ts';
import type { RedisConnection } from '../log/redis-connection.ts';
import { createAbsenceBook } from './absence-book.ts';
import { type NodeRecord, nodeRecordSchema } from './node-record.ts';
import { createOwnName } from './own-name.ts';
import { createPeerPlaces, MAX_PEERS } from './peer-places.ts';

const NODES_KEY = 'loa:nodes';
const BELL_CHANNEL = 'loa:nodes:bell';
const recordKey = (node: NodeId) => `loa:node:${node}`;

const TELL_EVERY_MS = 1_000;
/** A record outlives a few missed refreshments. */
const RECORD_TTL_MS = 5_000;
/** ND41: a living node would have renewed its record twice. */
const SILENT_AFTER_MS = 2_500;
const NAME_LOOK_MS = 250;
/** ND32: one exchange that failed, and the next one that takes its time. */
const FRESH_FOR_MS = 2 * TELL_EVERY_MS;

const ownRecordSchema = z.tuple([z.string().nullable(), z.number()]);
const repliesSchema = z.array(z.string().nullable());

/** Who else is there. While Redis is away, whoever was there is taken to be there still: the lines between nodes do not need it. */
export interface NodeDirectory {
  readonly peers: ReadonlyMap<NodeId, NodeRecord>;
  /** ND32: whether the others could be told and asked lately. */
  readonly isFresh: boolean;
  /** This node's record has changed: the others are told now. */
  tell(): void;
  close(): Promise<void>;
}

export interface NodeDirectoryOptions {
  readonly address: RedisAddress;
  readonly connection: Pick<RedisConnection, 'call'>;
  readonly logger: Logger;
  /** What to tell of this node. */
  read(): NodeRecord;
  readonly run: string;
  /** The run of this node's process before this one, if it is known. */
  readonly predecessor: string | null;
  /** ND41: another node that lives has this one's name. Nothing is told of this node then. */
  onNameTaken(): void;
  /** ND80: so many other nodes live that there is no place for this one. Nothing is told of it then. */
  onNoPlace(others: number): void;
  /** When something came from this node last, not by way of Redis (monotonic ms). */
  heardAt(node: NodeId): number;
  onChanged(): void;
}

export function openNodeDirectory(options: NodeDirectoryOptions): NodeDirectory {
  const { connection, logger, read, onChanged } = options;
  const peers = new Map<NodeId, NodeRecord>();
  const texts = new Map<NodeId, string>();
  /** Nodes of the list that are gone. */
  let unlisted: NodeId[] = [];
  const absences = createAbsenceBook();
  const places = createPeerPlaces(peers, logger);
  let freshUntil = Number.NEGATIVE_INFINITY;
  let busy: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let told = '';
  let named = false;
  const ownName = createOwnName({
    run: options.run,
    predecessor: options.predecessor,
    recordTtlMs: RECORD_TTL_MS,
    silentAfterMs: SILENT_AFTER_MS,
  });

  /** ND41: whether the record under the own name may be written. */
  const mayTell = async (key: string): Promise<boolean> => {
    const found = await connection.call([
      ['GET', key],
      ['PTTL', key],
    ]);
    if (!found.ok || closed) return false;
    const [record, ttl] = ownRecordSchema.parse(found.value);
    const standing = ownName.judge(record, ttl);
    if (standing === 'taken') {
      closed = true;
      options.onNameTaken();
    }
    if (standing === 'unsure') setTimeout(look, NAME_LOOK_MS).unref();
    return standing === 'free';
  };

  /** ND80: whether there is a place for this node among those that live. */
  const mayJoin = async (own: NodeId): Promise<boolean> => {
    const listed = await connection.call([['SMEMBERS', NODES_KEY]]);
    if (!listed.ok || closed) return false;
    const others = repliesSchema
      .parse(listed.value[0])
      .flatMap((node) => (node === null || node === own ? [] : [node]));
    if (others.length <= MAX_PEERS) return true;
    const found = await connection.call([['MGET', ...others.map(recordKey)]]);
    if (!found.ok || closed) return false;
    const living = repliesSchema.parse(found.value[0]).filter((record) => record !== null).length;
    if (living <= MAX_PEERS) return true;
    closed = true;
    options.onNoPlace(living);
    return false;
  };

  const takeIn = (node: NodeId, text: string | null): boolean => {
    if (text === null) {
      if (!absences.isGone(node, performance.now(), options.heardAt(node))) return false;
      texts.delete(node);
      unlisted.push(node);
      return peers.delete(node);
    }
    if (!places.takes(node) || texts.get(node) === text) return false;
    const record = nodeRecordSchema.safeParse(readJson(text));
    if (!record.success || record.data.node !== node) {
      logger.warn({ peer: node, problem: record.error?.message }, 'the record of a node cannot be read');
      return false;
    }
    texts.set(node, text);
    peers.set(node, record.data);
    return true;
  };

  const exchange = async (): Promise<void> => {
    const askedAt = performance.now();
    const own = read();
    named ||= (await mayTell(recordKey(own.node))) && (await mayJoin(own.node));
    if (!named) return;
    const text = JSON.stringify(own);
    const tellOwn = [
      ['SET', recordKey(own.node), text, 'PX', String(RECORD_TTL_MS), 'GET'],
      ['SADD', NODES_KEY, own.node],
      ...(text === told ? [] : [['PUBLISH', BELL_CHANNEL, own.node]]),
      ...(unlisted.length === 0 ? [] : [['SREM', NODES_KEY, ...unlisted]]),
      ['SMEMBERS', NODES_KEY],
    ];
    const answer = await connection.call(tellOwn);
    if (!answer.ok || closed) return;
    told = text;
    unlisted = [];
    // Two that began at the same moment have both seen a free name.
    named = ownName.judge(z.string().nullable().parse(answer.value[0]), RECORD_TTL_MS) === 'free';
    const listed = repliesSchema.parse(answer.value.at(-1)).flatMap((node) => (node === null ? [] : [node]));
    const others = [...new Set([...listed, ...peers.keys()])].filter((node) => node !== own.node);
    const found = others.length === 0 ? null : await connection.call([['MGET', ...others.map(recordKey)]]);
    if (closed || (found && !found.ok)) return;
    freshUntil = askedAt + FRESH_FOR_MS;
    const records = repliesSchema.parse(found?.value[0] ?? []);
    absences.note(new Set(others.filter((_, i) => records[i] === null)), performance.now());
    const changed = others.map((node, i) => takeIn(node, records[i] ?? null));
    places.tellTurnedAway();
    if (changed.includes(true)) onChanged();
  };

  const look = () => {
    if (closed) return;
    if (busy) {
      again = true;
      return;
    }
    again = false;
    busy = exchange()
      .catch((error: unknown) => logger.error({ err: error }, 'reading the nodes failed'))
      .finally(() => {
        busy = null;
        if (again) look();
      });
  };

  const bell = listenForBell(options.address, BELL_CHANNEL, look, logger);
  const timer = setInterval(look, TELL_EVERY_MS);
  // What `read` tells of may still be in the making where this is called.
  queueMicrotask(look);
  return {
    peers,
    get isFresh() {
      return performance.now() < freshUntil;
    },
    tell: look,
    async close() {
      clearInterval(timer);
      closed = true;
      bell.close();
      await busy;
      // What stands there is another node's, or will be gone by itself.
      if (!named) return;
      const { node } = read();
      await connection.call([
        ['DEL', recordKey(node)],
        ['SREM', NODES_KEY, node],
        ['PUBLISH', BELL_CHANNEL, node],
      ]);
    },
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

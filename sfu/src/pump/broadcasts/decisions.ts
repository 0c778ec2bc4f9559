import type { Logger } from 'pino';
import type { Command, StartSpec } from '@loa/shared/broadcasts/commands';
import type { BroadcastEvent, LoggedEvent } from '@loa/shared/broadcasts/events';
import type { Refusal } from '@loa/shared/broadcasts/refusal';
import type { BroadcastId, SourceId } from '@loa/shared/ids';
import { MAX_COUNTED_TAG } from '@loa/shared/broadcasts/tags';
import { endedByRestart } from '@loa/shared/log/last-sign';
import { writeStoredState } from '@loa/shared/log/stored-state';
import type { Zone } from '@loa/shared/zones/zone';
import { buildZoneTree, type ZoneTree } from '@loa/shared/zones/zone-tree';
import { MAX_EVENTS_PER_FRAME, toEventParts } from '../../link/event-parts.ts';
import type { LinkHandlers } from '../../link/link-server.ts';
import { type Answer, type Asked, LinkError, type Standing } from '../../link/messages.ts';
import type { EventLog, Fence } from '../log/event-log.ts';
import type { LogSource } from '../log/open-log.ts';
import { toPreviewAnswer, toRefusalAnswer } from './answers.ts';
import type { OnAir } from './on-air.ts';
import { createRunner, type Runner } from './runner.ts';

/** Tags left out when a pump begins: those of events that the pump before it could not hand to a database any more. */
const TAGS_LEFT_OUT = 1_000;
/** UTF-16 units of a state in one answer: below a link frame, however many bytes they become. */
const STATE_PART = 1_000_000;

type DecisionHandlers = Pick<
  LinkHandlers,
  'hello' | 'tree:set' | 'events:since' | 'events:stored' | 'log:state' | 'command' | 'preview'
>;

/** The decision core of this pump, from the first door's greeting on. */
export interface Decisions {
  /** Null before the first greeting. */
  readonly runner: Runner | null;
  readonly tree: ZoneTree | null;
  /** Of the last event; 0 before the first greeting. */
  readonly version: number;
  /** False before the first greeting, and while nothing can be decided because the log is away. */
  readonly logReachable: boolean;
  /** Since when it cannot reach the log, server time in ms; null while it can, and before the first greeting. */
  readonly logAwaySince: number | null;
  /** Reads what others have decided meanwhile. */
  catchUp(): Promise<void>;
  /** Gives a command that nobody waits for; before the first greeting there is nothing to decide. */
  submit(command: Command, fence?: Fence): void;
  readonly handlers: DecisionHandlers;
}

export interface DecisionsOptions {
  readonly run: string;
  /** This node's name among the others. */
  readonly node: string;
  readonly logSource: LogSource;
  readonly air: OnAir;
  readonly logger: Logger;
  /** Server time in ms. */
  now(): number;
  hasSource(id: SourceId): boolean;
  /** Events were decided and carried out. */
  onEvents(events: readonly LoggedEvent[], runner: Runner): void;
  onStanding(standing: Standing): void;
  /** The log has taken another way. */
  onReplaced(): void;
}

function endRestarted(broadcastId: BroadcastId): BroadcastEvent {
  return { type: 'broadcast-ended', broadcastId, reason: 'restarted', by: null, detail: null };
}

function toTree(zones: readonly Zone[]): ZoneTree {
  const tree = buildZoneTree(zones);
  if (!tree.ok) throw new LinkError('bad-request', `zone tree: ${JSON.stringify(tree.error.slice(0, 5))}`);
  return tree.value;
}

export function createDecisions(options: DecisionsOptions): Decisions {
  const { run, node, logSource, air, logger, now, hasSource, onEvents } = options;
  let decided: { readonly log: EventLog; readonly runner: Runner } | null = null;
  /** While the first door greets, others wait for what comes of it: a log is opened once. */
  let beginning: Promise<void> | null = null;
  let tree: ZoneTree | null = null;
  let treeVersion = '';
  let awaySince: number | null = null;
  /** The state that a door takes over, part by part. */
  let handedOut: { readonly version: number; readonly hash: string; readonly text: string } | null = null;

  const afterGreeting = () => {
    if (!decided) throw new LinkError('unavailable', 'no door has said hello yet');
    return decided;
  };
  const setTree = async ({ zones, treeVersion: version, successions }: Asked<'tree:set'>) => {
    if (version === treeVersion) return;
    const next = toTree(zones);
    await afterGreeting().runner.setTree(next, successions);
    tree = next;
    treeVersion = version;
  };
  /** Sources are connected to this pump or they do not exist; the core knows nothing of connections. */
  const unknownSource = (source: StartSpec['source']): Refusal | null =>
    source.kind === 'live' && !hasSource(source.sourceId) ? { code: 'unknown-source', detail: source.sourceId } : null;
  const unknownIn = (command: Command): Refusal | null => {
    if (command.type === 'start' && !afterGreeting().runner.state.usedKeys.has(command.spec.key))
      return unknownSource(command.spec.source);
    return command.type === 'source-found' ? unknownSource({ kind: 'live', sourceId: command.sourceId }) : null;
  };

  const standing = (log: EventLog): Standing => {
    awaySince = log.reachable ? null : (awaySince ?? Math.floor(now()));
    return { awaySince, localAfter: log.localAfter };
  };
  const handOut = async ({ version, from }: Asked<'log:state'>): Promise<Answer<'log:state'>> => {
    const { log, runner } = afterGreeting();
    if (version === null) {
      await runner.settled();
      handedOut = { ...log.head, text: writeStoredState(runner.state) };
    }
    if (!handedOut || handedOut.version !== (version ?? handedOut.version))
      throw new LinkError('conflict', 'another door has asked for the state');
    const { text, ...place } = handedOut;
    return { ...place, part: text.slice(from, from + STATE_PART), length: text.length };
  };

  const begin = async ({ resume, unfinished, lastSign, usedKeys, ...ask }: Asked<'hello'>): Promise<void> => {
    const firstTree = toTree(ask.zones);
    const first = {
      nextTag: ((resume.nextTag + TAGS_LEFT_OUT - 1) % MAX_COUNTED_TAG) + 1,
      usedKeys: new Map(usedKeys),
      events: unfinished.map(endRestarted),
      at: endedByRestart(lastSign, Math.floor(now())),
    };
    const log = await logSource.open(resume, first);
    const { nextTag, usedKeys: keys } = first;
    const runner = createRunner({ log, tree: firstTree, nextTag, usedKeys: keys, air, logger, now });
    log.subscribe((events) => onEvents(events, runner));
    log.onStanding(() => options.onStanding(standing(log)));
    log.onReplaced(() => options.onReplaced());
    decided = { log, runner };
    tree = firstTree;
    treeVersion = ask.treeVersion;
    if (log.opened) await log.catchUp();
    else await log.append(log.head.version, first.events, first.at);
    // What was on air on other nodes when this one came is on air here as well.
    runner.reapply();
  };

  return {
    get runner() {
      return decided?.runner ?? null;
    },
    get tree() {
      return tree;
    },
    get version() {
      return decided?.log.head.version ?? 0;
    },
    get logReachable() {
      return decided?.log.reachable ?? false;
    },
    get logAwaySince() {
      return awaySince;
    },
    catchUp: () => decided?.log.catchUp() ?? Promise.resolve(),
    submit: (command, fence) => void decided?.runner.submit(command, fence),
    handlers: {
      async hello(ask) {
        while (beginning) await beginning.catch(() => undefined);
        // While the log is away the old tree goes on; the door sees that by the answer and brings the new one again.
        if (decided)
          await setTree(ask).catch((error: unknown) => logger.warn({ err: error }, 'greeted with the old tree'));
        else await (beginning = begin(ask).finally(() => (beginning = null)));
        const { log } = afterGreeting();
        const { version } = log.head;
        return { run, node, version, treeVersion, leadsOn: log.isOn(ask.at), standing: standing(log) };
      },
      async 'tree:set'(ask) {
        await setTree(ask);
        return null;
      },
      async 'events:since'({ version }) {
        const [events = []] = toEventParts(await afterGreeting().log.readAfter(version, MAX_EVENTS_PER_FRAME));
        return { events };
      },
      'events:stored'(place) {
        const { log } = afterGreeting();
        // What was stored of another branch says nothing about this one.
        if (log.isOn(place)) log.forgetUpTo(place.version);
        return null;
      },
      'log:state': handOut,
      async command({ command }) {
        const unknown = unknownIn(command);
        if (unknown) return { accepted: false, refusal: toRefusalAnswer(unknown) };
        const result = await afterGreeting().runner.submit(command);
        return result.ok
          ? { accepted: true, version: result.value }
          : { accepted: false, refusal: toRefusalAnswer(result.error) };
      },
      // Who would hear it does not depend on the microphone, which may not be open yet.
      preview: ({ spec }) => toPreviewAnswer(afterGreeting().runner.preview(spec)),
    },
  };
}

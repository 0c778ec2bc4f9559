import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Told } from './log-node-process.ts';

/** A node in a process of its own, as its parent sees it. */
export interface SpawnedNode<O> {
  readonly pid: number;
  /** The node's answer; rejects when the process ends before it. */
  ask<T>(order: O): Promise<T>;
  /** SIGSTOP and SIGCONT: no turn of its event loop in between. */
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
}

/** One that has the log and the decision core, as the tests of the log need it. */
export interface SpawnedLogNode extends SpawnedNode<Order> {
  tell(): Promise<Told>;
}

export async function spawnLogNode(name: string, url: string, limits: object = {}): Promise<SpawnedLogNode> {
  const node = await spawnNode<Order>(name, join(import.meta.dirname, 'log-node-process.ts'), {
    LOG_NODE_URL: url,
    LOG_NODE_NAME: name,
    LOG_NODE_LIMITS: JSON.stringify(limits),
  });
  return { ...node, tell: () => node.ask<Told>({ do: 'tell' }) };
}

/** Starts a script that says when it is ready and then answers each order; `commandThere` is put before it. */
export async function spawnNode<O>(
  name: string,
  script: string,
  settings: NodeJS.ProcessEnv,
  commandThere: readonly string[] = [],
): Promise<SpawnedNode<O>> {
  const [execPath, ...execArgv] = [...commandThere, process.execPath];
  const child = fork(script, {
    ...(commandThere.length > 0 && { execPath, execArgv }),
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: { ready: true } | { id: number; answer: unknown }) => {
    if ('ready' in message) ready.resolve();
    else {
      waiting.get(message.id)?.resolve(message.answer);
      waiting.delete(message.id);
    }
  });
  child.on('error', () => undefined);
  child.on('exit', () => {
    const gone = new Error(`${name} has ended`);
    ready.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  });
  await ready.promise;

  const ask = <T>(order: O): Promise<T> => {
    const answer = Promise.withResolvers<unknown>();
    if (child.exitCode !== null || child.signalCode !== null) answer.reject(new Error(`${name} has ended`));
    else {
      const id = (next += 1);
      waiting.set(id, answer);
      child.send({ id, order });
    }
    return answer.promise as Promise<T>;
  };
  return {
    pid: child.pid ?? 0,
    ask,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

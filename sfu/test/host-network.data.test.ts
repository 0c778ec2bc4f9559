import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type HostNetwork, type NetworkHost, openHostNetwork } from './support/host-network.ts';
import { whyNoNamespaces } from './support/namespaces.ts';
import { waitFor } from './support/wait-for.ts';

const refusal = whyNoNamespaces();

let network: HostNetwork | undefined;
afterEach(async () => {
  await network?.close();
  network = undefined;
});

const run = (host: NetworkHost, ...command: string[]): string => {
  const [program = '', ...rest] = [...host.commandThere, ...command];
  return execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
};

/** How a connection from one host to another ends within a short time; nothing listens there. */
const connect = (from: NetworkHost, to: NetworkHost): string =>
  run(
    from,
    process.execPath,
    '-e',
    `const socket = require('node:net').connect(6379, '${to.address}').on('error', ({ code }) => end(code));
     const end = (what) => { console.log(what); process.exit(); };
     setTimeout(() => end('silence'), 1_000);`,
  );

/** In which network namespaces there is a process. */
const inhabited = (): Set<string> =>
  new Set(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [readlinkSync(`/proc/${pid}/ns/net`)];
        } catch {
          return [];
        }
      }),
  );

/** Opens a network, says in which namespaces its hosts are, and goes on. */
const OPENS_ONE = `
  const { openHostNetwork } = await import(${JSON.stringify(join(import.meta.dirname, 'support', 'host-network.ts'))});
  const { spawn } = await import('node:child_process');
  const { hosts } = await openHostNetwork(2);
  for (const { commandThere: [program, ...rest] } of hosts)
    spawn(program, [...rest, 'sh', '-c', 'readlink /proc/self/ns/net; exec sleep 600'], { stdio: ['ignore', 'inherit', 'inherit'] });
  setInterval(() => undefined, 1_000);
`;

// Nothing is skipped: each machine has its own half.
if (refusal === null)
  describe('hosts in network namespaces', () => {
    it('reach each other; one that is cut off gets no answer, and its link does not tell', async () => {
      network = await openHostNetwork(2);
      const [one, other] = network.hosts as [NetworkHost, NetworkHost];
      expect(connect(one, other)).toBe('ECONNREFUSED');
      one.cutOff();
      expect(connect(one, other)).toBe('silence');
      expect(connect(other, one)).toBe('silence');
      expect(run(one, 'cat', '/sys/class/net/eth0/operstate')).toBe('up');
      one.reconnect();
      expect(connect(one, other)).toBe('ECONNREFUSED');
    });

    it('are gone with the process that opened them, however it ends, and so is what runs there', async () => {
      const owner = spawn(process.execPath, ['--input-type=module', '-e', OPENS_ONE], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      owner.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      const namespaces = () => output.split('\n').filter((line) => line.startsWith('net:'));
      await waitFor(() => (namespaces().length < 2 ? `two hosts: ${output}` : ''));
      expect(namespaces().filter((name) => !inhabited().has(name))).toEqual([]);
      const ended = once(owner, 'exit');
      owner.kill('SIGKILL');
      await ended;
      await waitFor(() => {
        const left = inhabited();
        return namespaces()
          .filter((name) => left.has(name))
          .join();
      });
    });
  });
else
  describe('hosts in network namespaces, where there can be none', () => {
    it('say so and do not come about', async () => {
      expect(refusal).not.toBe('');
      await expect(openHostNetwork(1)).rejects.toThrow();
    });
  });

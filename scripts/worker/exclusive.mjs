import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 1_000;

/** @param {string} name @returns {Promise<import('node:net').Server | null>} */
const claim = (name) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    // A name in Linux's abstract namespace: no file, and gone with the process that holds it, however that ends.
    server.listen(`\0${name}`, () => resolve(server));
  });

/**
 * Runs `task` while no other process of this machine runs one of the same name; waits for its turn.
 * @template T
 * @param {string} name
 * @param {() => void} onWait Called once when somebody else is at it.
 * @param {() => Promise<T>} task
 * @returns {Promise<T>}
 */
export const exclusively = async (name, onWait, task) => {
  let server = await claim(name);
  if (server === null) onWait();
  while (server === null) {
    await delay(RETRY_MS);
    server = await claim(name);
  }
  try {
    return await task();
  } finally {
    server.close();
  }
};

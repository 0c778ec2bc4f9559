import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import koffi from 'koffi';

/*
 * A bad link between two network devices that it makes itself: carries IP packets from one to the other and back, each way late by so much and lossy. Kernels
 * of virtual machines often come without netem. `link-bridge.ts DEVICE DEVICE DELAY_MS JITTER_MS LOSS`; says `ready` when both devices are there, and
 * goes on until it is ended. Delays are spread evenly over the delay plus or minus the jitter, so packets overtake each other.
 */

const [nameA = '', nameB = '', delay = '0', jitter = '0', loss = '0'] = process.argv.slice(2);
const [delayMs, jitterMs, lossShare] = [Number(delay), Number(jitter), Number(loss)];
/** How often is looked for packets, in ms. */
const TURN_MS = 0.5;
const MTU = 1_500;
const TUNSETIFF = 0x400454ca;
/** A device for IP packets, without a header of its own before them. */
const IFF_TUN_NO_PI = 0x1001;

const ioctl = koffi.load('libc.so.6').func('int ioctl(int fd, unsigned long request, void *argument)');

/** An `ifreq`: 16 bytes of name, then the flags. */
function openDevice(name: string): number {
  const file = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(40);
  request.write(name, 0, 15, 'latin1');
  request.writeUInt16LE(IFF_TUN_NO_PI, 16);
  if (ioctl(file, TUNSETIFF, request) !== 0) throw new Error(`cannot make the network device ${name}: this needs root`);
  return file;
}

interface Carried {
  readonly dueMs: number;
  readonly to: number;
  readonly packet: Buffer;
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const alarm = new Int32Array(new SharedArrayBuffer(4));
const room = Buffer.alloc(MTU);
const [a, b] = [openDevice(nameA), openDevice(nameB)];
let carried: Carried[] = [];
// Most reads find nothing, and that is told by an exception.
Error.stackTraceLimit = 0;

function read(from: number, to: number): void {
  for (;;) {
    let length: number;
    try {
      length = readSync(from, room, 0, MTU, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return;
      throw error;
    }
    if (Math.random() < lossShare) continue;
    const lateMs = delayMs + (Math.random() * 2 - 1) * jitterMs;
    carried.push({ dueMs: now() + lateMs, to, packet: Buffer.from(room.subarray(0, length)) });
  }
}

function deliver(): void {
  const atMs = now();
  const due = carried.filter(({ dueMs }) => dueMs <= atMs).sort((one, other) => one.dueMs - other.dueMs);
  if (due.length === 0) return;
  carried = carried.filter(({ dueMs }) => dueMs > atMs);
  for (const { to, packet } of due) {
    try {
      writeSync(to, packet);
    } catch (error) {
      // A device that is not up yet takes nothing.
      if (!['EIO', 'EAGAIN'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

function turn(): void {
  for (let turns = 0; turns < 20; turns += 1) {
    Atomics.wait(alarm, 0, 0, TURN_MS);
    read(a, b);
    read(b, a);
    deliver();
  }
  setImmediate(turn);
}

process.on('SIGTERM', () => {
  closeSync(a);
  closeSync(b);
  process.exit(0);
});
process.stdout.write('ready\n');
turn();

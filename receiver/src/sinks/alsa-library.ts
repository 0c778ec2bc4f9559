import type Koffi from 'koffi';

/*
 * The part of ALSA's library (libasound) that playing needs. A device is opened on another thread, because a device behind which there is a server may take its
 * time; everything else is asked of one that is open and does not wait (SND_PCM_NONBLOCK).
 */

const LIBRARY = 'libasound.so.2';

const PLAYBACK = 0;
const NONBLOCK = 1;
const FORMAT_S16_LE = 2;
const ACCESS_INTERLEAVED = 3;
const STATE_RUNNING = 3;
const STATE_XRUN = 4;
const BYTES_PER_SAMPLE = 2;
const AGAIN = -11;
const BROKEN_PIPE = -32;
/** A time stamp that is older than this is of another clock, or of nothing, in ms. */
const MAX_AGE_MS = 100;

/** How far a card is. */
export interface AlsaProgress {
  readonly state: 'running' | 'waiting' | 'interrupted';
  /** Samples that have been written and not been heard yet, by the card's own count. */
  readonly delay: number;
  /** Samples that may be written now. */
  readonly room: number;
  /** For how long that has been so, in ms. */
  readonly ageMs: number;
}

/** One device that plays mono 16-bit samples. */
export interface AlsaDevice {
  /** Null when it is gone: `failure` says why. */
  progress(): AlsaProgress | null;
  /** Returns how many samples were taken. */
  write(pcm: Buffer): number;
  start(): void;
  /** After an interruption: empty, and ready to be written to and started. */
  prepare(): void;
  /** Why it is over; null while it is not. */
  failure(): string | null;
  close(): void;
}

export interface AlsaLibrary {
  /** Rejects when there is no such device, or it does not play what is asked for. `bufferMs`: how much it can hold. */
  openDevice(options: {
    readonly device: string;
    readonly rateHz: number;
    readonly bufferMs: number;
  }): Promise<AlsaDevice>;
}

/** Throws where the library is not installed, or cannot be called on this kind of machine. */
export async function loadAlsaLibrary(): Promise<AlsaLibrary> {
  const { default: koffi } = await import('koffi');
  return bind(koffi, koffi.load(LIBRARY));
}

type Pointer = unknown;

interface Timespec {
  readonly tv_sec: number | bigint;
  readonly tv_nsec: number | bigint;
}

const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const toMs = ({ tv_sec, tv_nsec }: Timespec): number => Number(tv_sec) * 1_000 + Number(tv_nsec) / 1e6;

/** How old a time stamp is, in ms: of the monotonic clock or of the wall clock, as the device likes; 0 when it says nothing. */
export function ageOf(stampMs: number, monotonicNowMs: number, wallNowMs: number): number {
  const ages = [monotonicNowMs - stampMs, wallNowMs - stampMs];
  return Math.max(0, ages.find((age) => age > -1 && age <= MAX_AGE_MS) ?? 0);
}

function bind(koffi: typeof Koffi, library: ReturnType<typeof Koffi.load>): AlsaLibrary {
  const timespec = koffi.struct({ tv_sec: 'long', tv_nsec: 'long' });
  const outPointer = koffi.out(koffi.pointer('void *'));
  const snd = {
    open: library.func('snd_pcm_open', 'int', [outPointer, 'str', 'int', 'int']),
    setParams: library.func('snd_pcm_set_params', 'int', ['void *', 'int', 'int', 'uint', 'uint', 'int', 'uint']),
    newStatus: library.func('snd_pcm_status_malloc', 'int', [outPointer]),
    freeStatus: library.func('snd_pcm_status_free', 'void', ['void *']),
    status: library.func('snd_pcm_status', 'int', ['void *', 'void *']),
    state: library.func('snd_pcm_status_get_state', 'int', ['void *']),
    delay: library.func('snd_pcm_status_get_delay', 'long', ['void *']),
    room: library.func('snd_pcm_status_get_avail', 'ulong', ['void *']),
    stamp: library.func('snd_pcm_status_get_htstamp', 'void', ['void *', koffi.out(koffi.pointer(timespec))]),
    write: library.func('snd_pcm_writei', 'long', ['void *', 'void *', 'ulong']),
    start: library.func('snd_pcm_start', 'int', ['void *']),
    prepare: library.func('snd_pcm_prepare', 'int', ['void *']),
    drop: library.func('snd_pcm_drop', 'int', ['void *']),
    close: library.func('snd_pcm_close', 'int', ['void *']),
    errorText: library.func('snd_strerror', 'str', ['int']),
  };
  const textOf = (code: number): string => String(snd.errorText(code));

  const wrap = (pcm: Pointer): AlsaDevice => {
    const status: [Pointer] = [null];
    snd.newStatus(status);
    let failure: string | null = null;
    let closed = false;
    const check = (code: number): number => {
      if (code < 0 && code !== AGAIN && code !== BROKEN_PIPE) failure ??= textOf(code);
      return code;
    };
    return {
      progress() {
        if (closed || check(Number(snd.status(pcm, status[0]))) < 0) return null;
        const stamp = {} as Timespec;
        snd.stamp(status[0], stamp);
        const state = Number(snd.state(status[0]));
        if (state > STATE_XRUN) failure ??= `the device is in state ${state}`;
        return {
          state: state === STATE_RUNNING ? 'running' : state === STATE_XRUN ? 'interrupted' : 'waiting',
          delay: Number(snd.delay(status[0])),
          room: Number(snd.room(status[0])),
          ageMs: ageOf(toMs(stamp), monotonicMs(), Date.now()),
        };
      },
      write(samples) {
        const count = samples.length / BYTES_PER_SAMPLE;
        return closed || count === 0 ? 0 : Math.max(0, check(Number(snd.write(pcm, samples, count))));
      },
      start: () => void check(Number(snd.start(pcm))),
      prepare: () => void check(Number(snd.prepare(pcm))),
      failure: () => failure,
      close() {
        if (closed) return;
        closed = true;
        snd.drop(pcm);
        snd.close(pcm);
        snd.freeStatus(status[0]);
      },
    };
  };

  return {
    async openDevice({ device, rateHz, bufferMs }) {
      const opened: [Pointer] = [null];
      const code = await new Promise<number>((resolve, reject) => {
        snd.open.async(opened, device, PLAYBACK, NONBLOCK, (error: Error | null, result: number) =>
          error ? reject(error) : resolve(result),
        );
      });
      if (code < 0) throw new Error(`cannot open ${device}: ${textOf(code)}`);
      const parameters = [FORMAT_S16_LE, ACCESS_INTERLEAVED, 1, rateHz, 1, bufferMs * 1_000] as const;
      const taken = Number(snd.setParams(opened[0], ...parameters));
      if (taken < 0) {
        snd.close(opened[0]);
        throw new Error(`${device} does not play ${rateHz} Hz: ${textOf(taken)}`);
      }
      return wrap(opened[0]);
    },
  };
}

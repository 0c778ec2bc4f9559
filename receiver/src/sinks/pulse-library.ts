import type Koffi from 'koffi';

/*
 * The part of PulseAudio's client library (libpulse) that a playback stream needs. PipeWire answers to it as well. The library runs a thread of its own and
 * calls nothing here: states and times are asked for. Everything between `lock` and `unlock` only touches memory of this process, so the lock is never
 * held while a sound server is waited for.
 */

const LIBRARY = 'libpulse.so.0';

const CONTEXT_NO_AUTOSPAWN = 1;
const CONTEXT_READY = 4;
const STREAM_READY = 2;
/** Beyond the state of being ready are only the ones of having failed or ended. */
const NOT_MONOTONIC = 0x4;
const ADJUST_LATENCY = 0x2000;
const FORMAT_S16LE = 3;
const SEEK_ABSOLUTE = 1;
const AS_THE_SERVER_LIKES = 0xffffffff;
const BYTES_PER_SAMPLE = 2;

/** What the sound server told of a stream. */
export interface PulseTiming {
  /** Wall clock of this machine at that moment, in ms. */
  readonly wallMs: number;
  /** The sample that was heard at that moment, counted from the start of the stream, in ms. */
  readonly playedMs: number;
  /** How long a sample that the server takes now is under way, in ms. */
  readonly latencyMs: number;
}

/** One stream of mono 16-bit samples at 48 kHz. Its time goes on from its start, whether there is sound or not. */
export interface PulseStream {
  /** False while it is being connected, and when it is over. */
  readonly isReady: boolean;
  /** Why it is over; null while it is not. */
  failure(): string | null;
  /** What was told last, if it is new, and asks for more; null if there is nothing new. */
  timing(): PulseTiming | null;
  /** Sound to be heard as sample `index` of the stream and the ones after it. What is too late is not heard. */
  write(index: number, pcm: Buffer): void;
  close(): void;
}

export interface PulseStreamOptions {
  readonly server: string | null;
  readonly rateHz: number;
  readonly latencyMs: number;
}

export interface PulseLibrary {
  /** Begins to connect; `server` null: to that of the environment. `latencyMs`: how long a sample is to be under way. */
  openStream(options: PulseStreamOptions): PulseStream;
  /** The wall clock that timings speak of, in ms. */
  wallMs(): number;
}

/** Throws where the library is not installed, or cannot be called on this kind of machine. */
export async function loadPulseLibrary(): Promise<PulseLibrary> {
  const { default: koffi } = await import('koffi');
  return bind(koffi, koffi.load(LIBRARY));
}

interface Timeval {
  readonly tv_sec: number;
  readonly tv_usec: number;
}

interface TimingInfo {
  readonly timestamp: Timeval;
  readonly sink_usec: number;
  readonly playing: number;
  readonly read_index_corrupt: number;
  readonly read_index: number;
}

type Pointer = unknown;
type TypeSpec = Parameters<typeof Koffi.sizeof>[0];

const toMs = ({ tv_sec, tv_usec }: Timeval): number => tv_sec * 1_000 + tv_usec / 1_000;

function structsOf(koffi: typeof Koffi) {
  const timeval = koffi.struct({ tv_sec: 'long', tv_usec: 'long' });
  return {
    timeval,
    sampleSpec: koffi.struct({ format: 'int', rate: 'uint32', channels: 'uint8' }),
    bufferAttributes: koffi.struct({
      maxlength: 'uint32',
      tlength: 'uint32',
      prebuf: 'uint32',
      minreq: 'uint32',
      fragsize: 'uint32',
    }),
    timingInfo: koffi.struct({
      timestamp: timeval,
      synchronized_clocks: 'int',
      sink_usec: 'uint64',
      source_usec: 'uint64',
      transport_usec: 'uint64',
      playing: 'int',
      write_index_corrupt: 'int',
      write_index: 'int64',
      read_index_corrupt: 'int',
      read_index: 'int64',
    }),
  };
}

function bind(koffi: typeof Koffi, library: ReturnType<typeof Koffi.load>): PulseLibrary {
  const structs = structsOf(koffi);
  const pointer = 'void *';
  const call = (name: string, result: string, ...args: TypeSpec[]) =>
    library.func(name, result, args) as (...values: unknown[]) => unknown;
  const pa = {
    loopNew: call('pa_threaded_mainloop_new', pointer),
    loopApi: call('pa_threaded_mainloop_get_api', pointer, pointer),
    loopStart: call('pa_threaded_mainloop_start', 'int', pointer),
    loopStop: call('pa_threaded_mainloop_stop', 'void', pointer),
    loopFree: call('pa_threaded_mainloop_free', 'void', pointer),
    lock: call('pa_threaded_mainloop_lock', 'void', pointer),
    unlock: call('pa_threaded_mainloop_unlock', 'void', pointer),
    contextNew: call('pa_context_new', pointer, pointer, 'str'),
    contextConnect: call('pa_context_connect', 'int', pointer, 'str', 'int', pointer),
    contextState: call('pa_context_get_state', 'int', pointer),
    contextError: call('pa_context_errno', 'int', pointer),
    contextDisconnect: call('pa_context_disconnect', 'void', pointer),
    contextFree: call('pa_context_unref', 'void', pointer),
    errorText: call('pa_strerror', 'str', 'int'),
    streamNew: call('pa_stream_new', pointer, pointer, 'str', koffi.pointer(structs.sampleSpec), pointer),
    streamConnect: call(
      'pa_stream_connect_playback',
      'int',
      pointer,
      'str',
      koffi.pointer(structs.bufferAttributes),
      'int',
      pointer,
      pointer,
    ),
    streamState: call('pa_stream_get_state', 'int', pointer),
    streamWrite: call('pa_stream_write', 'int', pointer, pointer, 'size_t', pointer, 'int64', 'int'),
    streamAsk: call('pa_stream_update_timing_info', pointer, pointer, pointer, pointer),
    streamTiming: call('pa_stream_get_timing_info', pointer, pointer),
    streamDisconnect: call('pa_stream_disconnect', 'int', pointer),
    streamFree: call('pa_stream_unref', 'void', pointer),
    operationFree: call('pa_operation_unref', 'void', pointer),
    wallClock: call('pa_gettimeofday', pointer, koffi.out(koffi.pointer(structs.timeval))),
  };

  function openStream({ server, rateHz, latencyMs }: PulseStreamOptions): PulseStream {
    const bytesPerMs = (rateHz * BYTES_PER_SAMPLE) / 1_000;
    const loop = pa.loopNew();
    const context: Pointer = pa.contextNew(pa.loopApi(loop), 'Loa');
    let stream: Pointer | null = null;
    let failure: string | null = null;
    let toldMs = 0;

    const locked = <Result>(action: () => Result): Result => {
      pa.lock(loop);
      try {
        return action();
      } finally {
        pa.unlock(loop);
      }
    };
    const fail = (): void => {
      failure ??= String(pa.errorText(pa.contextError(context)));
    };
    const connectStream = (): void => {
      stream = pa.streamNew(context, 'Loa', { format: FORMAT_S16LE, rate: rateHz, channels: 1 }, null);
      // Without a store to be filled first, the stream's time begins at once and goes on whatever happens.
      const attributes = {
        maxlength: AS_THE_SERVER_LIKES,
        tlength: latencyMs * bytesPerMs,
        prebuf: 0,
        minreq: AS_THE_SERVER_LIKES,
        fragsize: AS_THE_SERVER_LIKES,
      };
      if (pa.streamConnect(stream, null, attributes, NOT_MONOTONIC | ADJUST_LATENCY, null, null) !== 0) fail();
    };
    const ask = (): void => {
      const operation = pa.streamAsk(stream, null, null);
      if (operation !== null) pa.operationFree(operation);
    };

    if (pa.contextConnect(context, server, CONTEXT_NO_AUTOSPAWN, null) !== 0) fail();
    pa.loopStart(loop);
    return {
      get isReady() {
        if (failure !== null) return false;
        return locked(() => {
          const contextState = Number(pa.contextState(context));
          if (contextState > CONTEXT_READY) fail();
          else if (contextState === CONTEXT_READY && stream === null) connectStream();
          const streamState = stream === null ? 0 : Number(pa.streamState(stream));
          if (streamState > STREAM_READY) fail();
          return streamState === STREAM_READY && failure === null;
        });
      },
      failure: () => failure,
      timing: () =>
        locked(() => {
          const told = pa.streamTiming(stream);
          ask();
          if (told === null) return null;
          const info = koffi.decode(told, structs.timingInfo) as TimingInfo;
          const wallMs = toMs(info.timestamp);
          if (info.read_index_corrupt !== 0 || wallMs === toldMs) return null;
          toldMs = wallMs;
          const latency = Number(info.sink_usec) / 1_000;
          return { wallMs, playedMs: Number(info.read_index) / bytesPerMs - latency, latencyMs: latency };
        }),
      write(index, pcm) {
        // The library takes nothing for a mistake, and ends the process.
        if (pcm.length === 0) return;
        locked(() => {
          if (pa.streamWrite(stream, pcm, pcm.length, null, index * BYTES_PER_SAMPLE, SEEK_ABSOLUTE) !== 0) fail();
        });
      },
      close() {
        locked(() => {
          if (stream !== null) pa.streamDisconnect(stream);
          pa.contextDisconnect(context);
        });
        pa.loopStop(loop);
        if (stream !== null) pa.streamFree(stream);
        pa.contextFree(context);
        pa.loopFree(loop);
      },
    };
  }

  return {
    openStream,
    wallMs() {
      const now = {} as Timeval;
      pa.wallClock(now);
      return toMs(now);
    },
  };
}

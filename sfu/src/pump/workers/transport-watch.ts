import type { types } from 'mediasoup';

/** How long a client may stay away, in ms. */
export interface AbsenceLimits {
  /** From the answer until it has come through ICE and DTLS. */
  readonly joinMs: number;
  /** After that, without ICE: it may come back with the same credentials or an ICE restart until then. */
  readonly absentMs: number;
}

/** The events of a transport that are looked at; a fake one has no more than these. */
export interface WatchedTransport {
  on(event: 'dtlsstatechange', listener: (state: types.DtlsState) => void): unknown;
  on(event: 'icestatechange', listener: (state: types.IceState) => void): unknown;
}

export interface TransportWatch {
  stop(): void;
}

/** Calls `giveUp` once when the client hangs up, does not come in time or stays away too long. */
export function watchTransport(transport: WatchedTransport, limits: AbsenceLimits, giveUp: () => void): TransportWatch {
  let over = false;
  let joined = false;
  let timer: NodeJS.Timeout | undefined = setTimeout(() => end(), limits.joinMs);

  const stop = () => {
    over = true;
    clearTimeout(timer);
  };
  const end = () => {
    if (over) return;
    stop();
    giveUp();
  };

  transport.on('dtlsstatechange', (state) => {
    if (over) return;
    if (state === 'failed' || state === 'closed') end();
    if (state !== 'connected') return;
    joined = true;
    clearTimeout(timer);
    timer = undefined;
  });
  transport.on('icestatechange', (state) => {
    if (over || !joined) return;
    clearTimeout(timer);
    timer = state === 'disconnected' ? setTimeout(end, limits.absentMs) : undefined;
  });
  return { stop };
}

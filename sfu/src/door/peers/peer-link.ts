import type { Logger } from 'pino';
import { io, type Socket } from 'socket.io-client';
import type { z } from 'zod';
import { type DoorChange, doorChangeSchema, type DoorPicture, doorPictureSchema } from '@loa/shared/protocol/doors';
import { acknowledgementSchema } from '@loa/shared/protocol/errors';
import type { receiverVolumeRequestSchema } from '@loa/shared/protocol/live';
import { clockAnswerSchema, type ReceiverView, receiverViewSchema } from '@loa/shared/protocol/receivers';
import type { DoorNotices, DoorToDoor, HandshakeAuth } from '@loa/shared/protocol/sockets';
import { PROTOCOL } from '@loa/shared/protocol/version';
import type { ClockDistance } from '@loa/shared/timing/clock-distance';
import { ProblemError } from '../problem-error.ts';
import { createPeerClock } from './peer-clock.ts';

const REQUEST_TIMEOUT_MS = 3_000;
/** Who was refused, because its settings differ or it is being started, is asked again after this time. */
const REFUSED_RETRY_MS = 5_000;

/** The connection to the door of one other node. */
export interface PeerLink {
  readonly url: string;
  readonly connected: boolean;
  set(request: z.output<typeof receiverVolumeRequestSchema>): Promise<ReceiverView>;
  /** ND40: of the clock of its node; null while it is not known. */
  clockDistance(): ClockDistance | null;
  close(): void;
}

export interface PeerLinkOptions {
  readonly url: string;
  readonly accessToken: string;
  readonly log: Logger;
  /** The time of this node, ms. */
  serverNow(): number;
  onPicture(picture: DoorPicture): void;
  onChange(change: DoorChange): void;
  /** From now on nothing is known of what is connected there; perhaps nothing was. */
  onLost(): void;
}

export function openPeerLink({ url, accessToken, log, ...options }: PeerLinkOptions): PeerLink {
  const auth: HandshakeAuth = { protocol: PROTOCOL.current, token: accessToken };
  const socket: Socket<DoorNotices, DoorToDoor> = io(new URL('/doors', url).href, {
    auth,
    forceNew: true,
    transports: ['websocket'],
    timeout: REQUEST_TIMEOUT_MS,
    reconnectionDelay: 250,
    reconnectionDelayMax: 3_000,
  });
  let retry: NodeJS.Timeout | undefined;
  let known = false;
  let closed = false;

  const checked = <T extends z.ZodType>(schema: T, event: string, message: unknown): z.output<T> | null => {
    const parsed = schema.safeParse(message);
    if (parsed.success) return parsed.data;
    log.warn(
      { url, event, issues: parsed.error.issues.slice(0, 3) },
      'the door of another node said what is not understood',
    );
    return null;
  };
  const clock = createPeerClock(async () => {
    const answer: unknown = await socket.timeout(REQUEST_TIMEOUT_MS).emitWithAck('clock:probe', { clientTimeMs: 0 });
    const acknowledgement = acknowledgementSchema(clockAnswerSchema).parse(answer);
    if (acknowledgement.ok) return acknowledgement.data.serverTimeMs;
    // A door of before this question; it would close the connection after a few of them.
    return acknowledgement.error.code === 'bad-request' ? 'unasked' : null;
  }, options.serverNow);
  const lose = () => {
    clock.stop();
    known = false;
    options.onLost();
  };

  /** The library comes back by itself only where nobody answered, not where the other side has ended it. */
  const connectAgain = () => {
    if (closed || socket.active) return;
    clearTimeout(retry);
    retry = setTimeout(() => socket.connect(), REFUSED_RETRY_MS);
  };

  socket.on('door:picture', (message) => {
    const picture = checked(doorPictureSchema, 'door:picture', message);
    if (!picture) return;
    known = true;
    options.onPicture(picture);
  });
  socket.on('door:changed', (message) => {
    const change = checked(doorChangeSchema, 'door:changed', message);
    if (change && known) options.onChange(change);
  });
  socket.on('connect', () => {
    log.info({ url }, 'connected to the door of another node');
    clock.start();
  });
  socket.on('disconnect', (reason) => {
    log.warn({ url, reason }, 'the door of another node is away');
    lose();
    connectAgain();
  });
  socket.on('connect_error', (error) => {
    if (!socket.active) log.warn({ url, err: error }, 'the door of another node refuses this one');
    connectAgain();
  });

  return {
    url,
    get connected() {
      return socket.connected;
    },
    async set(request) {
      let answer: unknown;
      try {
        answer = await socket.timeout(REQUEST_TIMEOUT_MS).emitWithAck('receiver:set', request);
      } catch {
        throw new ProblemError('unavailable', 'the node that this receiver is connected to does not answer; try again');
      }
      const acknowledgement = acknowledgementSchema(receiverViewSchema).parse(answer);
      if (acknowledgement.ok) return acknowledgement.data;
      const { code, message, field, details } = acknowledgement.error;
      throw new ProblemError(code, message, { ...(field === undefined ? {} : { field }), details });
    },
    clockDistance: () => clock.distance(),
    close() {
      closed = true;
      clearTimeout(retry);
      socket.disconnect();
      lose();
    },
  };
}

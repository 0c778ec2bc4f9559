import type { z } from 'zod';
import type { DoorChange, DoorPicture } from './doors.ts';
import type { Acknowledgement } from './errors.ts';
import type {
  attachRequestSchema,
  broadcastRefSchema,
  BroadcastView,
  Change,
  extendRequestSchema,
  PreviewView,
  receiverVolumeRequestSchema,
  Snapshot,
  StartRequest,
} from './live.ts';
import type {
  Assignment,
  clockProbeSchema,
  ClockAnswer,
  Move,
  PathClosed,
  playoutRecordsSchema,
  ReceiverReport,
  RecordsAnswer,
  ReceiverSettings,
  ReceiverView,
  registrationSchema,
} from './receivers.ts';

type Ack<T> = (answer: Acknowledgement<T>) => void;

type Arguments<M, E> = E extends keyof M ? (M[E] extends (...args: infer A) => void ? A : never) : never;
/** What is sent with a request of one of the maps below; `undefined` where it says nothing. */
export type RequestOf<M, E extends keyof M> = Arguments<M, E> extends [infer R, unknown] ? R : undefined;
/** What a request is answered with when it succeeds. */
export type AnswerOf<M, E extends keyof M> = Arguments<M, E> extends [...unknown[], Ack<infer T>] ? T : never;

/** Handshake `auth` of both namespaces: `protocol` always, `token` where a door asks for one. */
export interface HandshakeAuth {
  protocol: number;
  token?: string;
  /** Studio: names the person until accounts exist. */
  name?: string;
}

/** Namespace `/studio`: requests are imperative and always acknowledged. */
export interface StudioToDoor {
  'live:sync': (ack: Ack<Snapshot>) => void;
  'clock:probe': (probe: z.input<typeof clockProbeSchema>, ack: Ack<ClockAnswer>) => void;
  'broadcast:preview': (request: StartRequest, ack: Ack<PreviewView>) => void;
  'broadcast:start': (request: StartRequest, ack: Ack<BroadcastView>) => void;
  'broadcast:stop': (request: z.input<typeof broadcastRefSchema>, ack: Ack<null>) => void;
  'broadcast:pause': (request: z.input<typeof broadcastRefSchema>, ack: Ack<null>) => void;
  'broadcast:unpause': (request: z.input<typeof broadcastRefSchema>, ack: Ack<null>) => void;
  'broadcast:extend': (request: z.input<typeof extendRequestSchema>, ack: Ack<null>) => void;
  /** After a reload: the new WHIP source goes on where the old one was. */
  'broadcast:attach': (request: z.input<typeof attachRequestSchema>, ack: Ack<BroadcastView>) => void;
  'receiver:set': (request: z.input<typeof receiverVolumeRequestSchema>, ack: Ack<null>) => void;
}

/** Namespace `/studio`: notices are past tense. */
export interface DoorToStudio {
  'live:snapshot': (snapshot: Snapshot) => void;
  'live:changed': (change: Change) => void;
}

/** Namespace `/doors`: doors of the nodes of one network among each other. */
export interface DoorToDoor {
  /** For a receiver that is connected to the door that is asked. */
  'receiver:set': (request: z.input<typeof receiverVolumeRequestSchema>, ack: Ack<ReceiverView>) => void;
  /** ND40: the clock with which the node of that door stamps. */
  'clock:probe': (probe: z.input<typeof clockProbeSchema>, ack: Ack<ClockAnswer>) => void;
}

/** Namespace `/doors`: notices. */
export interface DoorNotices {
  'door:picture': (picture: DoorPicture) => void;
  'door:changed': (change: DoorChange) => void;
}

/** Namespace `/receivers`. */
export interface ReceiverToDoor {
  'receiver:register': (registration: z.input<typeof registrationSchema>, ack: Ack<Assignment>) => void;
  'receiver:report': (report: ReceiverReport, ack: Ack<null>) => void;
  /** Acknowledged with the ids that may be forgotten; a record that is not named there is sent again. */
  'playout:records': (message: z.input<typeof playoutRecordsSchema>, ack: Ack<RecordsAnswer>) => void;
  'clock:probe': (probe: z.input<typeof clockProbeSchema>, ack: Ack<ClockAnswer>) => void;
}

export interface DoorToReceiver {
  'receiver:settings': (settings: ReceiverSettings) => void;
  /** The tree or the receiver's place in it changed: register again. */
  'receiver:reassigned': () => void;
  /** Go to another door; sound goes on over the old path until the new one is there. */
  'receiver:move': (move: Move) => void;
  /** A receiver whose present session this is joins anew at once; about another one it means nothing. */
  'receiver:path-closed': (closed: PathClosed) => void;
}

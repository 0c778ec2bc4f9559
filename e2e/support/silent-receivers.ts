import { io } from 'socket.io-client';
import type { SystemFacts } from './system.ts';

/** One receiver that is away and one that is online and muted; neither has a loudspeaker. */
export interface SilentReceivers {
  readonly away: string;
  readonly muted: string;
  /** Out of the list again. */
  remove(): Promise<void>;
}

async function register({ doorUrl, token }: SystemFacts, receiverId: string, zone: string) {
  const socket = io(`${doorUrl}/receivers`, {
    auth: { protocol: 1, token },
    transports: ['websocket'],
    forceNew: true,
  });
  const registration = { receiverId, name: `Loa ${receiverId}`, kind: 'loudspeaker', zone, softwareVersion: 'e2e' };
  const answer = (await socket.timeout(10_000).emitWithAck('receiver:register', registration)) as { ok: boolean };
  if (!answer.ok) throw new Error(`not registered: ${JSON.stringify(answer)}`);
  return socket;
}

/** @param zone official code of the zone in which they stand. */
export async function placeSilentReceivers(facts: SystemFacts, zone: string): Promise<SilentReceivers> {
  const [away, muted] = ['e2e-away', 'e2e-muted'];
  const call = async (method: string, receiverId: string, body?: object) => {
    const answer = await fetch(`${facts.doorUrl}/api/v1/receivers/${receiverId}`, {
      method,
      headers: { authorization: `Bearer ${facts.token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return answer.status;
  };
  (await register(facts, away, zone)).disconnect();
  const socket = await register(facts, muted, zone);
  await call('PATCH', muted, { muted: true });
  return {
    away: `Loa ${away}`,
    muted: `Loa ${muted}`,
    async remove() {
      socket.disconnect();
      // The door hears of the end of a connection a little later than we.
      for (const id of [away, muted]) while ((await call('DELETE', id)) === 409) await new Promise(setImmediate);
    },
  };
}

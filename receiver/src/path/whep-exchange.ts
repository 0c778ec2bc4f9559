import { MAX_SDP_BYTES } from '@loa/shared/protocol/limits';
import { err, ok, type Result } from '@loa/shared/result';

/** Why a join did not come about. `status` is the door's answer, if there was one. */
export interface JoinFailure {
  readonly reason: 'unreachable' | 'refused' | 'bad-answer' | 'not-connected' | 'closed';
  readonly detail: string;
  readonly status?: number;
}

export interface WhepAnswer {
  readonly sdp: string;
  /** Address of the session, to be deleted in the end. */
  readonly resource: URL;
}

export interface WhepDoor {
  readonly whepUrl: string;
  readonly token: string;
}

/** The door answers a join within this time, in ms. */
export const WHEP_TIMEOUT_MS = 8_000;
const DELETE_TIMEOUT_MS = 2_000;

/** WHEP: offers, and gets the answer with the address of the session. */
export async function postOffer(
  door: WhepDoor,
  offer: string,
  signal: AbortSignal,
): Promise<Result<WhepAnswer, JoinFailure>> {
  let response: Response;
  try {
    response = await fetch(door.whepUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/sdp' },
      body: offer,
      signal: AbortSignal.any([signal, AbortSignal.timeout(WHEP_TIMEOUT_MS)]),
    });
    const sdp = await response.text();
    if (response.status !== 201) {
      return err({ reason: 'refused', status: response.status, detail: sdp.slice(0, 200) });
    }
    const location = response.headers.get('location');
    if (location === null || sdp.length > MAX_SDP_BYTES) {
      return err({ reason: 'bad-answer', status: 201, detail: 'no Location, or an answer that is too long' });
    }
    return ok({ sdp, resource: new URL(location, door.whepUrl) });
  } catch (error) {
    return err({ reason: signal.aborted ? 'closed' : 'unreachable', detail: String(error) });
  }
}

/** Ends a session at the door; that it is gone already, or the door with it, is no failure. */
export async function deleteSession(door: WhepDoor, resource: URL): Promise<void> {
  await fetch(resource, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${door.token}` },
    signal: AbortSignal.timeout(DELETE_TIMEOUT_MS),
  }).then(
    (response) => response.body?.cancel(),
    () => undefined,
  );
}

/** The stream names of the answer's m-lines, in their order; null for an m-line that was rejected. */
export function busNames(answer: string): (string | null)[] {
  const [, ...sections] = answer.split(/\r?\n(?=m=)/);
  return sections.map((section) => {
    if (/^m=\S+ 0 /.test(section)) return null;
    return /^a=msid:(\S+)/m.exec(section)?.[1] ?? null;
  });
}

/** PV1: a client sends its protocol number when it connects; outside this range it is told which side is too old. */
export const PROTOCOL = { min: 1, max: 2, current: 1 } as const;

export type ProtocolVerdict = 'accepted' | 'client-too-old' | 'server-too-old';

export function judgeProtocol(client: number): ProtocolVerdict {
  if (client < PROTOCOL.min) return 'client-too-old';
  return client > PROTOCOL.max ? 'server-too-old' : 'accepted';
}

/**
 * PV1: a client sends its protocol number when it connects; outside this range it is told which side is too old. The range holds
 * only numbers that exist: what a later one will mean is not known here.
 */
export const PROTOCOL = { min: 1, max: 1, current: 1 } as const;

export type ProtocolVerdict = 'accepted' | 'client-too-old' | 'server-too-old';

export function judgeProtocol(client: number): ProtocolVerdict {
  // What is no number at all is older than all of them.
  if (!(client >= PROTOCOL.min)) return 'client-too-old';
  return client > PROTOCOL.max ? 'server-too-old' : 'accepted';
}

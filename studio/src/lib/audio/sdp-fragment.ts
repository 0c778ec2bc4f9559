/** ICE credentials of a session description or of a `trickle-ice-sdpfrag` body (RFC 8840). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

export function readCredentials(sdp: string): IceCredentials | null {
  const ufrag = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
  const pwd = /^a=ice-pwd:(\S+)/m.exec(sdp)?.[1];
  return ufrag && pwd ? { ufrag, pwd } : null;
}

/** Body of the PATCH that asks for an ICE restart (RFC 9725, section 4.3.3), from the new local offer. */
export function restartFragment(offerSdp: string): string | null {
  const credentials = readCredentials(offerSdp);
  if (!credentials) return null;
  const lines = offerSdp.split(/\r?\n/);
  const media = lines.find((line) => line.startsWith('m='));
  const mid = lines.find((line) => line.startsWith('a=mid:'));
  if (!media || !mid) return null;
  const candidates = lines.filter((line) => line.startsWith('a=candidate:'));
  return (
    [`a=ice-ufrag:${credentials.ufrag}`, `a=ice-pwd:${credentials.pwd}`, media, mid, ...candidates].join('\r\n') +
    '\r\n'
  );
}

/** The answer we have, with the credentials (and candidates, if any) that the restart brought. */
export function applyRestart(answerSdp: string, fragment: string): string | null {
  const credentials = readCredentials(fragment);
  if (!credentials) return null;
  const renewed = answerSdp
    .replace(/^a=ice-ufrag:\S+/gm, `a=ice-ufrag:${credentials.ufrag}`)
    .replace(/^a=ice-pwd:\S+/gm, `a=ice-pwd:${credentials.pwd}`);
  const candidates = fragment.split(/\r?\n/).filter((line) => line.startsWith('a=candidate:'));
  if (candidates.length === 0) return renewed;
  const lines = renewed
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('a=candidate:') && line !== 'a=end-of-candidates');
  const firstMedia = lines.findIndex((line) => line.startsWith('m='));
  const nextMedia = lines.findIndex((line, i) => i > firstMedia && line.startsWith('m='));
  lines.splice(nextMedia === -1 ? lines.length : nextMedia, 0, ...candidates);
  return lines.join('\r\n') + '\r\n';
}

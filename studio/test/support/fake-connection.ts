import { vi } from 'vitest';

const sdpOf = (ufrag: string) =>
  `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:${ufrag}\r\na=ice-pwd:pwd-of-${ufrag}\r\n`;

/** A connection whose path a test makes and breaks. */
export class FakeConnection {
  connectionState: RTCPeerConnectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  remoteDescription: { sdp: string } | null = null;
  ontrack: ((event: { track: unknown }) => void) | null = null;
  /** Of what it sends; a test says whether another track is taken. */
  readonly sender = { replaceTrack: (_: unknown): Promise<void> => Promise.resolve() };
  /** What it takes in; a test fills in their figures. */
  readonly receivers: { readonly stats: Map<string, object>; jitterBufferTarget: number | null }[] = [];
  #generation = 0;

  createOffer(): Promise<{ type: 'offer'; sdp: string }> {
    this.#generation += 1;
    return Promise.resolve({ type: 'offer', sdp: sdpOf(`page${this.#generation}`) });
  }

  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }

  setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
    return Promise.resolve();
  }

  addTransceiver() {
    const stats = new Map<string, object>();
    const receiver = {
      track: {},
      stats,
      jitterBufferTarget: null as number | null,
      getContributingSources: () => [],
      getStats: () => Promise.resolve(stats),
    };
    this.receivers.push(receiver);
    return { receiver };
  }

  getSenders(): unknown[] {
    return [this.sender];
  }

  turn(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close(): void {
    this.connectionState = 'closed';
  }
}

/** A media door that a test answers for; every connection that is made and every request that is sent, in order. */
export function aMediaDoor() {
  const connections: FakeConnection[] = [];
  const asked: string[] = [];
  /** What a PATCH is answered with: a status, nothing at all, or no network. */
  let patch: number | 'silence' | 'no network' = 200;
  /** Doors that have no room for a session. */
  const full = new Set<string>();
  let generation = 0;
  const answer = (url: string, { method = 'GET', signal }: RequestInit = {}): Promise<Response> => {
    asked.push(`${method} ${new URL(url).pathname}`);
    generation += 1;
    const sdp = sdpOf(`door${generation}`);
    if (method === 'POST' && full.has(new URL(url).host)) {
      const error = { code: 'too-many-requests', message: 'no room' };
      return Promise.resolve(Response.json({ error }, { status: 429 }));
    }
    if (method === 'POST') {
      const headers = { location: `/whip/s${connections.length}` };
      return Promise.resolve(new Response(sdp, { status: 201, headers }));
    }
    if (url.endsWith('/session')) return Promise.resolve(Response.json({ token: 'token' }));
    if (method !== 'PATCH') return Promise.resolve(new Response(null, { status: 200 }));
    if (patch === 'no network') return Promise.reject(new TypeError('Failed to fetch'));
    if (patch === 'silence')
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    return Promise.resolve(new Response(sdp, { status: patch }));
  };
  vi.stubGlobal('fetch', answer);
  // The real one does not follow the test's clock.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), ms);
    return controller.signal;
  });
  vi.stubGlobal(
    'RTCPeerConnection',
    class extends FakeConnection {
      constructor() {
        super();
        connections.push(this);
      }
    },
  );
  return {
    connections,
    asked,
    full,
    answerPatch: (how: typeof patch) => (patch = how),
    patches: () => asked.filter((one) => one.startsWith('PATCH')).length,
  };
}

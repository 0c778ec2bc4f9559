import type { Page } from '@playwright/test';
import { type Relay, relayTcp, relayUdp } from './relays.ts';

/** The presenter's own network: what a page has to the door (socket and HTTP), and to the media workers (its sound). */
export interface StudioLine {
  readonly door: Pick<Relay, 'cut' | 'restore'>;
  readonly media: Pick<Relay, 'cut' | 'restore'>;
  /** Chromium's arguments: its way to the door leads over the relay. */
  readonly browserArgs: readonly string[];
  /** To be called before the page is opened: its sound goes over the relay. */
  lead(page: Page): Promise<void>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    loaRelayOf(mediaPort: number): Promise<number>;
  }
}

/** A line of its own for one browser; the receivers keep theirs. */
export async function layStudioLine(doorUrl: string): Promise<StudioLine> {
  const doorPort = Number(new URL(doorUrl).port);
  const door = await relayTcp(doorPort);
  /** One for each media worker, made when the page is told of it. */
  const media = new Map<number, Promise<Relay>>();
  let dead = false;
  const relayOf = async (mediaPort: number): Promise<number> => {
    // After an ICE restart a page says again what it has of us already.
    for (const made of media.values()) if ((await made).port === mediaPort) return mediaPort;
    const relay = media.get(mediaPort) ?? relayUdp(mediaPort);
    media.set(mediaPort, relay);
    const { port, cut } = await relay;
    if (dead) cut();
    return port;
  };
  const everyMedia = async (act: (relay: Relay) => unknown) => {
    for (const relay of media.values()) await act(await relay);
  };
  return {
    door,
    media: {
      cut() {
        dead = true;
        void everyMedia((relay) => relay.cut());
      },
      restore() {
        dead = false;
        void everyMedia((relay) => relay.restore());
      },
    },
    browserArgs: [`--host-resolver-rules=MAP *:${doorPort} 127.0.0.1:${door.port}`],
    async lead(page) {
      await page.exposeFunction('loaRelayOf', relayOf);
      await page.addInitScript(() => {
        type Tell = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>;
        const tell = RTCPeerConnection.prototype.setRemoteDescription as Tell;
        RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
          const lines = (description.sdp ?? '').split('\r\n');
          const led: string[] = [];
          for (const line of lines) {
            const candidate = /^(a=candidate:\S+ \d+ udp \d+ \S+ )(\d+)( .*)$/.exec(line);
            if (candidate) led.push(`${candidate[1]}${await window.loaRelayOf(Number(candidate[2]))}${candidate[3]}`);
            // The way around the relay, over TCP, is left out.
            else if (!line.startsWith('a=candidate:')) led.push(line);
          }
          return tell.call(this, { type: description.type, sdp: led.join('\r\n') });
        };
      });
    },
    async close() {
      await everyMedia((relay) => relay.close());
      await door.close();
    },
  };
}

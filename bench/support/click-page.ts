import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchBrowser } from '../../e2e/support/browser.ts';
import { progress } from './figures.ts';
import { readPageClock } from './page-clock.ts';

/** A real browser with a page that can click into a WHIP session at known times. */
export interface ClickPage {
  readonly origin: string;
  /** Opens the WHIP session; answers the source id. */
  publish(doorUrl: string, token: string): Promise<string>;
  /** Makes a click before each of these gaps (ms); answers when each left the page, in this process's time (ms). */
  click(gapsMs: readonly number[]): Promise<number[]>;
  close(): Promise<void>;
}

async function serveEmptyPage(): Promise<{ origin: string; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>clicks</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

export async function openClickPage(): Promise<ClickPage> {
  const site = await serveEmptyPage();
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto(site.origin);

  return {
    origin: site.origin,
    publish: (doorUrl, token) =>
      page.evaluate(
        async ({ url, bearer }) => {
          const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
          await context.resume();
          const out = context.createMediaStreamDestination();
          // Something audible has to run, or a headless browser's context stalls.
          const hum = new OscillatorNode(context, { frequency: 200 });
          const faint = new GainNode(context, { gain: 0.005 });
          hum.connect(faint).connect(out);
          faint.connect(context.destination);
          hum.start();
          const connection = new RTCPeerConnection();
          connection.addTransceiver(out.stream.getAudioTracks()[0] as MediaStreamTrack, { direction: 'sendonly' });
          await connection.setLocalDescription();
          const response = await fetch(`${url}/whip`, {
            method: 'POST',
            headers: { 'content-type': 'application/sdp', authorization: `Bearer ${bearer}` },
            body: connection.localDescription?.sdp ?? '',
          });
          await connection.setRemoteDescription({ type: 'answer', sdp: await response.text() });
          while (connection.connectionState !== 'connected') await new Promise((done) => setTimeout(done, 5));
          Object.assign(window, { bench: { context, out, connection } });
          return (response.headers.get('location') ?? '').split('/').at(-1) ?? '';
        },
        { url: doorUrl, bearer: token },
      ),
    async click(gapsMs) {
      const { offsetMs, errorMs } = await readPageClock(page);
      progress(`the page's clock is known to ±${errorMs.toFixed(2)} ms`);
      const emitted = await page.evaluate(async (gaps) => {
        const { context, out } = (window as unknown as { bench: { context: AudioContext; out: AudioNode } }).bench;
        const click = context.createBuffer(1, 480, 48_000);
        const samples = click.getChannelData(0);
        for (let i = 0; i < 480; i++) samples[i] = Math.sin((2 * Math.PI * 1_000 * i) / 48_000) * 0.9;
        const times: number[] = [];
        for (const gap of gaps) {
          const leadS = 0.05;
          const source = new AudioBufferSourceNode(context, { buffer: click });
          source.connect(out);
          source.start(context.currentTime + leadS);
          times.push(performance.timeOrigin + performance.now() + leadS * 1_000);
          await new Promise((done) => setTimeout(done, gap));
        }
        return times;
      }, gapsMs);
      return emitted.map((time) => time - offsetMs);
    },
    async close() {
      await browser.close();
      site.close();
    },
  };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ZoneId } from '@loa/shared/ids';
import { CONTROL_CSRC, type Pilot } from '@loa/shared/protocol/pilot';
import {
  playoutRecordsSchema,
  receiverReportSchema,
  registrationSchema,
  type Assignment,
  type PlayoutRecord,
  type ReceiverReport,
  type ReceiverSettings,
} from '@loa/shared/protocol/receivers';
import { toTimestamp } from '@loa/shared/timing/rtp-timeline';
import { Server } from 'socket.io';
import { LoopbackMedia } from './loopback-bus.ts';

export const TEST_TOKEN = 'token-of-a-test-on-loopback';
export const TEST_PATH = ['zone-city', 'zone-ward', 'zone-cluster'] as const;

/** Server time of the tests: own clock plus something that a receiver has to find out. */
const CLOCK_AHEAD_MS = 3_600_000;

export function serverNow(): number {
  return performance.timeOrigin + performance.now() + CLOCK_AHEAD_MS;
}

type Reply = (answer: unknown) => void;

/** A door and a pump for one receiver, small enough to be told what to do wrong. */
export class LoopbackDoor {
  readonly reports: ReceiverReport[] = [];
  /** What was sent, newest state by id. */
  readonly records = new Map<string, PlayoutRecord>();
  readonly #http = createServer((request, response) => void this.#serve(request, response));
  readonly #io = new Server(this.#http);
  #medias: LoopbackMedia[] = [];
  #pilot: NodeJS.Timeout | null = null;
  #pilots = 0;
  joins = 0;
  mostJoinsAtOnce = 0;
  deletions = 0;
  /** The path of the next registrations, root first. */
  path: readonly string[] = TEST_PATH;
  registrations = 0;
  /** Answered to the next joins instead of a session. */
  refuseJoinsWith: number | null = null;
  /** Called just before a join is answered. */
  onAnswer: (join: number) => void = () => undefined;
  sendPilots = true;
  storeRecords = true;
  /** Long, so that a busy machine that runs the tests loses nothing. */
  playoutDelayMs = 500;
  #joining = 0;

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get media(): LoopbackMedia | undefined {
    return this.#medias.at(-1);
  }

  /** One for each join, oldest first. */
  get medias(): readonly LoopbackMedia[] {
    return this.#medias;
  }

  async open(): Promise<this> {
    this.#listen();
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
    this.#pilot = setInterval(() => this.#sendPilot(), 1_000);
    return this;
  }

  /** Cuts all control connections. */
  disconnect(): void {
    this.#io.of('/receivers').disconnectSockets(true);
  }

  changeSettings(settings: ReceiverSettings): void {
    this.#io.of('/receivers').emit('receiver:settings', settings);
  }

  /** Tells the receiver that its place changed. */
  reassign(path: readonly string[]): void {
    this.path = path;
    this.#io.of('/receivers').emit('receiver:reassigned');
  }

  /** Says that a media path is gone, whether it is or not. */
  sayPathClosed(message: unknown): void {
    this.#io.of('/receivers').emit('receiver:path-closed', message);
  }

  async close(): Promise<void> {
    if (this.#pilot) clearInterval(this.#pilot);
    await Promise.all(this.#medias.map((media) => media.close()));
    await this.#io.close();
  }

  #listen(): void {
    this.#io.of('/receivers').use((socket, next) => {
      next(socket.handshake.auth['token'] === TEST_TOKEN ? undefined : new Error('unauthorized'));
    });
    this.#io.of('/receivers').on('connection', (socket) => {
      socket.on('receiver:register', (message: unknown, reply: Reply) => {
        const registration = registrationSchema.parse(message);
        this.registrations += 1;
        reply({ ok: true, data: this.#assign(registration.receiverId) });
      });
      socket.on('receiver:report', (message: unknown, reply: Reply) => {
        this.reports.push(receiverReportSchema.parse(message));
        reply({ ok: true, data: null });
      });
      socket.on('playout:records', (message: unknown, reply: Reply) => {
        const { records } = playoutRecordsSchema.parse(message);
        if (!this.storeRecords) return reply({ ok: false, error: { code: 'unavailable', message: 'no database' } });
        for (const record of records) this.records.set(record.id, record);
        return reply({ ok: true, data: { stored: records.map((record) => record.id) } });
      });
      socket.on('clock:probe', ({ clientTimeMs }: { clientTimeMs: number }, reply: Reply) => {
        reply({ ok: true, data: { clientTimeMs, serverTimeMs: serverNow() } });
      });
    });
  }

  #assign(receiverId: Assignment['receiverId']): Assignment {
    return {
      receiverId,
      zoneId: this.path.at(-1) as ZoneId,
      path: this.path.map((zoneId) => ({ zoneId: zoneId as ZoneId, name: zoneId })),
      whepUrl: `${this.url}/whep/receivers/${receiverId}`,
      playoutDelayMs: this.playoutDelayMs,
      volume: 100,
      emergencyVolume: 100,
      muted: false,
      doors: [],
      serverTimeMs: serverNow(),
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${TEST_TOKEN}`) return void response.writeHead(401).end();
    if (request.method === 'DELETE') {
      this.deletions += 1;
      return void response.writeHead(200).end();
    }
    this.joins += 1;
    this.#joining += 1;
    this.mostJoinsAtOnce = Math.max(this.mostJoinsAtOnce, this.#joining);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.refuseJoinsWith !== null) response.writeHead(this.refuseJoinsWith).end('not now');
    else {
      const media = new LoopbackMedia();
      const answer = await media.answer(Buffer.concat(chunks).toString(), ['control', ...this.path]);
      this.#medias.push(media);
      this.onAnswer(this.joins);
      response.writeHead(201, { 'content-type': 'application/sdp', location: `/whep/sessions/${this.joins}` });
      response.end(answer);
    }
    this.#joining -= 1;
  }

  #sendPilot(): void {
    if (!this.sendPilots) return;
    const serverTimeMs = serverNow();
    const rtp = toTimestamp(serverTimeMs);
    const pilot: Pilot = {
      v: 1,
      type: 'pilot',
      count: (this.#pilots += 1),
      clock: 0,
      run: 'test',
      serverTimeMs,
      rtp,
      logVersion: 0,
    };
    const payload = Buffer.from(JSON.stringify(pilot));
    for (const media of this.#medias) media.send('control', { timestamp: rtp, csrc: CONTROL_CSRC, payload });
  }
}

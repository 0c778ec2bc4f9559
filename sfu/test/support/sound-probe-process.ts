import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';
import { z } from 'zod';
import { raisePriority } from '../../src/pump/priority.ts';
import { listenTo, publish } from './foreign-client.ts';
import { spokenFrame } from './rig.ts';

/** The other side of `sound-probe.ts`: speaks, listens and tells what it heard. */

const TONE = 200;

const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('begin'),
    url: z.string(),
    token: z.string(),
    zoneId: z.string(),
    rest: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('count') }),
  z.object({ type: z.literal('frames'), from: z.number() }),
  z.object({ type: z.literal('end') }),
]);
type Message = z.infer<typeof messageSchema>;

try {
  // A busy machine must not look like a gap on the air.
  raisePriority();
} catch {
  // Not allowed for everybody; the probe is then as good as the machine is idle.
}

let frames: () => object[] = () => [];

async function begin({ url, token, zoneId, rest }: Extract<Message, { type: 'begin' }>): Promise<object> {
  const source = await publish(url, token);
  source.play((n) => spokenFrame(TONE, n));
  const receiverId = `probe-${randomUUID()}`;
  const socket = io(`${url}/receivers`, { auth: { protocol: 1, token }, transports: ['websocket'] });
  const registration = { receiverId, name: receiverId, kind: 'fleet', zone: zoneId, softwareVersion: 'test' };
  const answer = z
    .object({ data: z.object({ whepUrl: z.string(), path: z.array(z.unknown()) }) })
    .parse(await socket.timeout(10_000).emitWithAck('receiver:register', registration));
  const listener = await listenTo(answer.data.whepUrl, token, 1 + answer.data.path.length);
  frames = () =>
    listener.heard
      .filter(({ payload }) => payload.length === 5 && payload[2] === TONE)
      .map(({ payload, timestamp, tag, rank }) => ({ n: payload.readUInt16BE(3), timestamp, tag, rank }));
  const broadcastId = randomUUID();
  const response = await fetch(`${url}/api/v1/broadcasts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      id: broadcastId,
      key: randomUUID(),
      title: 'Tiếng trên sóng',
      source: { kind: 'live', sourceId: source.sourceId },
      zones: [zoneId],
      level: 1,
      authority: 1,
      mode: 'replace',
      wait: false,
      ...rest,
    }),
  });
  if (response.status !== 201) throw new Error(`the probe was not started: ${await response.text()}`);
  return { sourceId: source.sourceId, broadcastId };
}

process.on('message', (raw) => {
  const message = messageSchema.parse(raw);
  if (message.type === 'begin') void begin(message).then((answer) => process.send?.(answer));
  else if (message.type === 'count') process.send?.(frames().length);
  else if (message.type === 'frames') process.send?.(frames().slice(message.from));
  else process.exit(0);
});

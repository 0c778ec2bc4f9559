// Ends with 0 when the pump of this data folder answers and has a media worker: for those who watch over containers.
import { connect } from 'node:net';
import { linkPathOf } from './link-path.ts';
import { createFrameReader, encodeFrame } from './framing.ts';
import { answerFrameSchema, REQUESTS } from './messages.ts';

const TIMEOUT_MS = 4_000;

const { SFU_LINK_PATH: given, LOA_DATA_DIR: dataDir } = process.env;
const path = linkPathOf(dataDir || 'data', given || undefined);

function end(code: number, word: string): never {
  process.stdout.write(`${word}\n`);
  process.exit(code);
}

const socket = connect(path, () => socket.write(encodeFrame({ id: 1, type: 'health', ask: null })));
const reader = createFrameReader((value) => {
  const frame = answerFrameSchema.safeParse(value);
  // Notices come unasked.
  if (!frame.success) return;
  if (!frame.data.ok) end(1, `the pump answers ${frame.data.code}`);
  const { workers } = REQUESTS.health.answer.parse(frame.data.answer);
  end(workers.alive > 0 ? 0 : 1, `${workers.alive} of ${workers.wanted} media workers are alive`);
});
socket.on('data', (chunk: Buffer) => reader.push(chunk));
socket.on('error', (error) => end(1, error.message));
socket.on('close', () => end(1, 'the pump hung up'));
setTimeout(() => end(1, `the pump did not answer in ${TIMEOUT_MS} ms`), TIMEOUT_MS);

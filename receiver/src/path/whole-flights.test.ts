import { describe, expect, it } from 'vitest';
import { sendWholeFlights } from './whole-flights.ts';

function open() {
  const sent: Buffer[] = [];
  const connection = { send: async (data: Buffer) => void sent.push(data) };
  sendWholeFlights(connection);
  return { sent, connection };
}

const record = (bytes: number): Buffer => Buffer.alloc(bytes, 22);

describe('DTLS flights', () => {
  it('leave in one datagram, in order', async () => {
    const { sent, connection } = open();
    const records = [Buffer.from([22, 1]), Buffer.from([20, 2]), Buffer.from([22, 3])];
    await Promise.all(records.map((one) => connection.send(one)));
    expect(sent).toEqual([Buffer.concat(records)]);
    await connection.send(record(5));
    expect(sent).toHaveLength(2);
  });

  it('are parted where they are too long for one', async () => {
    const { sent, connection } = open();
    await Promise.all([record(700), record(400), record(300)].map((one) => connection.send(one)));
    expect(sent.map(({ length }) => length)).toEqual([1_100, 300]);
  });

  it('do not hold up what is no DTLS', () => {
    const { sent, connection } = open();
    void connection.send(Buffer.from([128, 0]));
    expect(sent).toHaveLength(1);
  });
});

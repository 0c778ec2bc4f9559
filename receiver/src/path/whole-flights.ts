/** A datagram of this many bytes passes every network that carries media. */
const MAX_DATAGRAM_BYTES = 1_200;
/** First bytes of DTLS records; media and STUN begin with others (RFC 7983). */
const DTLS_FROM = 20;
const DTLS_UNTIL = 63;

interface Sender {
  send(data: Buffer): Promise<void>;
}

/**
 * werift sends every record of a DTLS flight in a datagram of its own. Where datagrams overtake each other, the server throws the flight away unless its
 * last records come in order, and over a link with jitter no handshake ever ends. Records that are sent together go into one datagram here, as
 * RFC 6347 (4.1.1) allows.
 */
export function sendWholeFlights(connection: Sender): void {
  const sendOne = connection.send.bind(connection);
  let waiting: Buffer[] = [];
  let sent: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const records = waiting;
    waiting = [];
    for (const datagram of join(records)) await sendOne(datagram);
  };
  connection.send = (data) => {
    const [first = 0] = data;
    if (first < DTLS_FROM || first > DTLS_UNTIL) return sendOne(data);
    waiting.push(data);
    // All records of a flight are handed over in one turn.
    if (waiting.length === 1) sent = Promise.resolve().then(flush);
    return sent;
  };
}

function join(records: readonly Buffer[]): Buffer[] {
  const datagrams: Buffer[] = [];
  for (const record of records) {
    const last = datagrams.at(-1);
    if (last !== undefined && last.length + record.length <= MAX_DATAGRAM_BYTES) {
      datagrams[datagrams.length - 1] = Buffer.concat([last, record]);
    } else datagrams.push(record);
  }
  return datagrams;
}

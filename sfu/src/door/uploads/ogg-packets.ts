import { EncodedPacketSink, FilePathSource, Input, OGG } from 'mediabunny';

/** The Opus packets of an Ogg file in order. */
export async function readOpusPackets(path: string): Promise<Uint8Array[]> {
  const input = new Input({ source: new FilePathSource(path), formats: [OGG] });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (!track) throw new Error('no audio track');
    const packets: Uint8Array[] = [];
    for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet.data);
    return packets;
  } finally {
    input.dispose();
  }
}

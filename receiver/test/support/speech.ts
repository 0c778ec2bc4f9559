import { execFileSync } from 'node:child_process';

/** Text with many plosives and tones, so that losses are heard. */
export const SPEECH_TEXT =
  'Kính thưa bà con, phường Thắng Tam thông báo lịch tiêm chủng cho trẻ em vào sáng thứ bảy tuần này, từ bảy giờ đến mười một giờ.';

/** Vietnamese speech as mono samples at 48 kHz, made by espeak-ng. */
export function makeSpeech(text = SPEECH_TEXT): Int16Array {
  const wav = execFileSync('espeak-ng', ['-v', 'vi', '--stdout', text], { maxBuffer: 32_000_000 });
  const rate = wav.readUInt32LE(24);
  const data = wav.subarray(44);
  const source = new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + (data.length & ~1)));
  const samples = new Int16Array(Math.floor((source.length * 48_000) / rate) - 1);
  return samples.map((_value, index) => {
    const at = (index * rate) / 48_000;
    const left = Math.floor(at);
    const a = source[left] ?? 0;
    return Math.round(a + ((source[left + 1] ?? a) - a) * (at - left));
  });
}

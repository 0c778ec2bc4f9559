import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Spoken texts that do not resemble each other; espeak-ng reads them. */
const TEXTS = {
  presenter:
    'Kính thưa bà con, sáng mai từ bảy giờ đến mười một giờ, khu phố hai sẽ tạm ngừng cấp nước để sửa chữa đường ống. Đề nghị bà con chủ động trữ nước.',
  colleague:
    'Trạm y tế phường thông báo lịch tiêm chủng mở rộng tháng này. Các gia đình có trẻ nhỏ mang theo sổ tiêm và đến đúng giờ hẹn.',
  emergency:
    'Báo động khẩn cấp! Triều cường đang lên rất nhanh. Tất cả người dân ven biển hãy rời đến nơi cao ngay lập tức!',
} as const;
export type Voice = keyof typeof TEXTS;

/** A stored warning is read again and again, as it would be recorded; a microphone's file loops by itself. */
const READINGS: Readonly<Record<Voice, number>> = { presenter: 1, colleague: 1, emergency: 6 };

const FOLDER = resolve(import.meta.dirname, '..', '..', 'test-results', 'speech');

export function speechPath(voice: Voice): string {
  return join(FOLDER, `${voice}.wav`);
}

/** Writes each voice as a 48 kHz mono WAV with half a second of silence at its end, so that a loop has a seam. */
export function makeSpeech(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const voice of Object.keys(TEXTS) as Voice[]) {
    const out = speechPath(voice);
    const raw = `${out}.raw.wav`;
    const speaker = voice === 'colleague' ? 'vi-vn-x-south' : 'vi';
    execFileSync('espeak-ng', ['-v', speaker, '-s', '150', '-w', raw, TEXTS[voice]]);
    const loops = ['-stream_loop', String(READINGS[voice] - 1)];
    const filters = 'loudnorm=I=-18:TP=-2,apad=pad_dur=0.5';
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      ...loops,
      '-i',
      raw,
      '-af',
      filters,
      '-ar',
      '48000',
      '-ac',
      '1',
      '-c:a',
      'pcm_s16le',
      out,
    ]);
  }
}

import type { Locale } from '#lib/generated/messages/runtime.js';

const TIME_ZONE = 'Asia/Ho_Chi_Minh';
const TAGS: Record<Locale, string> = { vi: 'vi-VN', en: 'en-GB' };

/** 24-hour clock of the station, whatever the computer's time zone is: `09:14:22`. */
export function clockTime(atMs: number, options: { seconds: boolean } = { seconds: true }): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: TIME_ZONE,
    hour: '2-digit',
    minute: '2-digit',
    ...(options.seconds ? { second: '2-digit' as const } : {}),
    hourCycle: 'h23',
  }).format(atMs);
}

/** `23/11/2026 09:14:22`. */
export function dateTime(atMs: number): string {
  const date = new Intl.DateTimeFormat('en-GB', {
    timeZone: TIME_ZONE,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  });
  return `${date.format(atMs)} ${clockTime(atMs)}`;
}

/** `1:02:03` or `2:03`; started seconds count when `up`, so that a countdown ends with 0:00 at its end. */
export function duration(lengthMs: number, options: { up: boolean } = { up: false }): string {
  const total = Math.max(0, options.up ? Math.ceil(lengthMs / 1000) : Math.floor(lengthMs / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** `5 phút trước`; seconds below a minute. */
export function relativeTime(atMs: number, nowMs: number, locale: Locale): string {
  const format = new Intl.RelativeTimeFormat(TAGS[locale], { numeric: 'auto', style: 'short' });
  const seconds = Math.round((atMs - nowMs) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3_600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3_600), 'hour');
  return format.format(Math.round(seconds / 86_400), 'day');
}

/** A number as people of this language write it: decimal comma in Vietnamese. */
export function number(value: number, digits: number, locale: Locale): string {
  return new Intl.NumberFormat(TAGS[locale], { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
}

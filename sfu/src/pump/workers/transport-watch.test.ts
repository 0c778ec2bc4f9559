import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchTransport } from './transport-watch.ts';

const LIMITS = { joinMs: 20_000, absentMs: 60_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const transport = new EventEmitter();
  const giveUp = vi.fn();
  const watch = watchTransport(transport, LIMITS, giveUp);
  return {
    giveUp,
    watch,
    ice: (s: string) => transport.emit('icestatechange', s),
    dtls: (s: string) => transport.emit('dtlsstatechange', s),
  };
}

it('a client that never comes is given up', () => {
  const { giveUp, ice } = watched();
  ice('connected');
  vi.advanceTimersByTime(19_999);
  expect(giveUp).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(giveUp).toHaveBeenCalledOnce();
});

it('a client that is there stays', () => {
  const { giveUp, ice, dtls } = watched();
  ice('connected');
  dtls('connected');
  ice('completed');
  vi.advanceTimersByTime(86_400_000);
  expect(giveUp).not.toHaveBeenCalled();
});

it('a client that goes away may come back for a while', () => {
  const { giveUp, ice, dtls } = watched();
  dtls('connected');
  ice('disconnected');
  vi.advanceTimersByTime(59_000);
  ice('connected');
  vi.advanceTimersByTime(86_400_000);
  ice('disconnected');
  vi.advanceTimersByTime(60_000);
  expect(giveUp).toHaveBeenCalledOnce();
});

it.each(['failed', 'closed'])('DTLS that has %s ends it at once, and only once', (state) => {
  const { giveUp, dtls } = watched();
  dtls('connected');
  dtls(state);
  dtls(state);
  vi.advanceTimersByTime(86_400_000);
  expect(giveUp).toHaveBeenCalledOnce();
});

it('what is closed by its owner is not given up as well', () => {
  const { giveUp, watch, ice, dtls } = watched();
  dtls('connected');
  ice('disconnected');
  watch.stop();
  dtls('closed');
  vi.advanceTimersByTime(86_400_000);
  expect(giveUp).not.toHaveBeenCalled();
});

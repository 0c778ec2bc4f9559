import { describe, expect, test } from 'vitest';
import { aBroadcast } from '../../../../test/support/zones.ts';
import { listenLagText, listenStatus } from './listen-status.ts';
import type { WardAir } from './ward-air.ts';

const whole: WardAir = { broadcast: aBroadcast(), scope: 'whole' };
const part: WardAir = { broadcast: aBroadcast(), scope: 'part' };

describe('what the page of a ward says', () => {
  test('that nothing is on air only when the server has said so', () => {
    expect(listenStatus('off', 'known', null)).toBe('Hiện không có chương trình nào.');
    expect(listenStatus('off', 'asking', null)).toBe('Đang tải…');
    expect(listenStatus('off', 'unreachable', null)).toBe('Chưa rõ đang có chương trình nào hay không.');
  });

  test('what is on air only while the server answers', () => {
    expect(listenStatus('off', 'known', whole)).toBe('Đang phát: Thông báo');
    expect(listenStatus('off', 'unreachable', whole)).not.toContain('Thông báo');
    expect(listenStatus('connected', 'known', whole)).toBe('Đang phát: Thông báo');
    expect(listenStatus('connected', 'unreachable', whole)).toBe('Đã nối âm thanh. Chưa rõ tên chương trình.');
  });

  test('RK6: of a programme in some of its loudspeakers, without calling a commune a ward', () => {
    const text = listenStatus('off', 'known', part);
    expect(text).toBe('Đang phát ở một phần địa bàn, không nghe được ở trang này: Thông báo');
    expect(text).not.toContain('phường');
  });

  test('how its own sound is while that is not connected', () => {
    expect(listenStatus('lost', 'known', whole)).toBe('Mất kết nối, đang nối lại…');
    expect(listenStatus('connected', 'known', null)).toBe('Đã nối, đang chờ chương trình');
  });

  test('PO91: that it is not in step with the loudspeakers outside, and how late it is if that was measured', () => {
    expect(listenLagText('connected', 320, 'vi')).toContain('chậm khoảng 0,3 giây');
    expect(listenLagText('connected', null, 'vi')).toContain('không cùng nhịp');
    expect(listenLagText('lost', 320, 'vi')).toBeNull();
  });
});

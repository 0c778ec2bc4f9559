import { expect, test } from 'vitest';
import { removalProblem, uploadRemedy } from './upload-remedy.ts';

test('a conflict of an upload is a full library, one of a removal is a segment on air', () => {
  expect(uploadRemedy({ code: 'conflict' })).toContain('đã đầy');
  expect(removalProblem({ code: 'conflict', message: '' })).toContain('đang được phát');
});

test('a full disk is not the network: sending again would not help', () => {
  expect(uploadRemedy({ code: 'unavailable', field: 'file' })).toContain('hết chỗ');
  expect(uploadRemedy({ code: 'unavailable' })).toContain('Mất kết nối');
  expect(uploadRemedy({ code: 'internal' })).toContain('báo người quản trị');
});

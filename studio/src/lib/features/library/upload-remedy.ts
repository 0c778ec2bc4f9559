import { m } from '#lib/generated/messages/messages.js';
import type { Problem } from '@loa/shared/protocol/errors';
import { problemText } from '../broadcasts/problem-text.ts';

/** What is wrong with an upload and what to do about it. */
export function uploadRemedy(problem: Pick<Problem, 'code' | 'field'>): string {
  switch (problem.code) {
    case 'too-large':
      return m.upload_too_large();
    case 'not-audio':
    case 'unsupported-media-type':
      return m.upload_not_audio();
    case 'too-long':
      return m.upload_too_long();
    case 'unreadable-audio':
      return m.upload_unreadable();
    case 'unavailable':
      return problem.field === 'file' ? m.upload_disk_full() : m.upload_network();
    case 'internal':
      return m.upload_server_failed();
    case 'conflict':
      return m.upload_full();
    case 'too-many-requests':
      return m.upload_busy();
    default:
      return problem.field === 'file' ? m.upload_empty() : problemText({ ...problem, message: '' });
  }
}

/** Why a segment could not be deleted: what is on air is kept. */
export function removalProblem(problem: Problem): string {
  return problem.code === 'conflict' ? m.library_delete_on_air() : problemText(problem);
}

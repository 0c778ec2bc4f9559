import { recordsAnswerSchema, type PlayoutRecord, type RecordsAnswer } from '@loa/shared/protocol/receivers';
import { err, type Result } from '@loa/shared/result';
import type { DoorSession } from '../session/door-session.ts';
import type { SendFailure } from './record-sender.ts';

/** One message of records over the control connection. */
export async function sendRecords(
  session: DoorSession,
  records: PlayoutRecord[],
): Promise<Result<RecordsAnswer, SendFailure>> {
  if (!session.online) return err('failed');
  const answer = await session.request('playout:records', { records }, recordsAnswerSchema);
  if (answer.ok) return answer;
  return err(answer.error.code === 'bad-request' ? 'refused' : 'failed');
}

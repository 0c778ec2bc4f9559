import type { PlayoutRecord } from '@loa/shared/protocol/receivers';
import type { RecordStore } from '../records/record-store.ts';

/** Records of a light receiver: a fleet is for load and keeps nothing on disk. */
export function createMemoryRecords(): RecordStore {
  const records = new Map<string, PlayoutRecord>();
  return {
    get size() {
      return records.size;
    },
    put: (record) => void records.set(record.id, record),
    oldest: (count) => [...records.values()].slice(0, count),
    acknowledge(sent, stored) {
      for (const record of sent) {
        if (stored.includes(record.id) && records.get(record.id) === record) records.delete(record.id);
      }
    },
    refuse: (record) => void records.delete(record.id),
    close: () => Promise.resolve(),
  };
}

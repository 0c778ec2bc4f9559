-- AlterTable
ALTER TABLE "receiver" ADD COLUMN     "removed_at" TIMESTAMPTZ(3);

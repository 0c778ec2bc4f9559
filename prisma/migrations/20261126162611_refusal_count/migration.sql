-- AlterTable
ALTER TABLE "refusal" ADD COLUMN     "count" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "first_at" TIMESTAMPTZ(3);

-- A row is one refusal, or counts at least one and says since when.
ALTER TABLE "refusal" ADD CONSTRAINT "refusal_counts_forward"
  CHECK ("count" >= 1 AND ("first_at" IS NULL OR "first_at" <= "at") AND ("count" = 1 OR "first_at" IS NOT NULL));

-- AlterTable
ALTER TABLE "zone" ADD COLUMN     "playout_delay_ms" INTEGER;

-- CreateTable
CREATE TABLE "delay_order" (
    "zone_id" TEXT NOT NULL,
    "delay_ms" INTEGER NOT NULL,
    "previous_ms" INTEGER NOT NULL,
    "from_stamp" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delay_order_pkey" PRIMARY KEY ("zone_id")
);

-- AddForeignKey
ALTER TABLE "delay_order" ADD CONSTRAINT "delay_order_zone_id_fkey" FOREIGN KEY ("zone_id") REFERENCES "zone"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The bounds of a playout delay (PROTOCOL.md, "Bounds").
ALTER TABLE "zone" ADD CONSTRAINT "zone_playout_delay_bounds" CHECK ("playout_delay_ms" BETWEEN 20 AND 5000);
ALTER TABLE "delay_order" ADD CONSTRAINT "delay_order_bounds"
  CHECK ("delay_ms" BETWEEN 20 AND 5000 AND "previous_ms" BETWEEN 20 AND 5000);

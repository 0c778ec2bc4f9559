-- CreateTable
CREATE TABLE "branch_event" (
    "hash" TEXT NOT NULL,
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "prev_hash" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "broadcast_id" TEXT,
    "event" JSONB NOT NULL,
    "standing" TEXT NOT NULL,
    "node" TEXT NOT NULL DEFAULT '',
    "run" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "branch_event_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "branch_event_broadcast_id_idx" ON "branch_event"("broadcast_id");

-- CreateIndex
CREATE INDEX "branch_event_at_idx" ON "branch_event"("at");

-- CreateIndex
CREATE INDEX "branch_event_node_standing_idx" ON "branch_event"("node", "standing");



-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "zone" (
    "id" TEXT NOT NULL,
    "parent_id" TEXT,
    "kind" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "lat" DOUBLE PRECISION,
    "lng" DOUBLE PRECISION,
    "population" INTEGER,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_to" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "zone_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "zone_succession" (
    "from_id" TEXT NOT NULL,
    "to_id" TEXT NOT NULL,
    "date" DATE NOT NULL,
    "legal_basis" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "zone_succession_pkey" PRIMARY KEY ("from_id","to_id")
);

-- CreateTable
CREATE TABLE "receiver" (
    "id" TEXT NOT NULL,
    "zone_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'loudspeaker',
    "volume" INTEGER NOT NULL DEFAULT 80,
    "emergency_volume" INTEGER NOT NULL DEFAULT 100,
    "muted" BOOLEAN NOT NULL DEFAULT false,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3),
    "software_version" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "receiver_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "segment" (
    "id" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'audio',
    "original_name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "error" TEXT,
    "duration_ms" INTEGER,
    "loudness_lufs" DOUBLE PRECISION,
    "true_peak_dbtp" DOUBLE PRECISION,
    "size_bytes" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "path" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "segment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "broadcast" (
    "id" TEXT NOT NULL,
    "tag" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "spec" JSONB NOT NULL,
    "level" INTEGER NOT NULL,
    "authority" INTEGER NOT NULL,
    "mode" TEXT NOT NULL,
    "source_kind" TEXT NOT NULL,
    "segment_id" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT,
    "started_by_name" TEXT NOT NULL,
    "zone_path" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "broadcast_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_event" (
    "version" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "broadcast_id" TEXT,
    "event" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_event_pkey" PRIMARY KEY ("version")
);

-- CreateTable
CREATE TABLE "refusal" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "code" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    "command_type" TEXT NOT NULL,
    "by" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "refusal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "playout_record" (
    "id" TEXT NOT NULL,
    "receiver_id" TEXT NOT NULL,
    "broadcast_id" TEXT,
    "tag" INTEGER NOT NULL,
    "rank" INTEGER NOT NULL,
    "zone_id" TEXT NOT NULL,
    "zone_path_text" TEXT NOT NULL,
    "first_sound_at" TIMESTAMPTZ(3) NOT NULL,
    "last_sound_at" TIMESTAMPTZ(3) NOT NULL,
    "rendered_ms" INTEGER NOT NULL,
    "lost_packets" INTEGER NOT NULL,
    "concealed_ms" INTEGER NOT NULL,
    "level_dbfs" DOUBLE PRECISION,
    "final" BOOLEAN NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "playout_record_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "setting_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "zone_parent_id_idx" ON "zone"("parent_id");

-- CreateIndex
CREATE INDEX "zone_code_idx" ON "zone"("code");

-- CreateIndex
CREATE INDEX "zone_succession_to_id_idx" ON "zone_succession"("to_id");

-- CreateIndex
CREATE INDEX "receiver_zone_id_idx" ON "receiver"("zone_id");

-- CreateIndex
CREATE INDEX "segment_sha256_idx" ON "segment"("sha256");

-- CreateIndex
CREATE INDEX "segment_created_at_idx" ON "segment"("created_at");

-- CreateIndex
CREATE INDEX "broadcast_started_at_idx" ON "broadcast"("started_at");

-- CreateIndex
CREATE INDEX "broadcast_tag_idx" ON "broadcast"("tag");

-- CreateIndex
CREATE UNIQUE INDEX "log_event_hash_key" ON "log_event"("hash");

-- CreateIndex
CREATE INDEX "log_event_broadcast_id_idx" ON "log_event"("broadcast_id");

-- CreateIndex
CREATE INDEX "log_event_at_idx" ON "log_event"("at");

-- CreateIndex
CREATE INDEX "refusal_at_idx" ON "refusal"("at");

-- CreateIndex
CREATE INDEX "playout_record_broadcast_id_idx" ON "playout_record"("broadcast_id");

-- CreateIndex
CREATE INDEX "playout_record_receiver_id_first_sound_at_idx" ON "playout_record"("receiver_id", "first_sound_at");

-- CreateIndex
CREATE INDEX "playout_record_zone_id_first_sound_at_idx" ON "playout_record"("zone_id", "first_sound_at");

-- CreateIndex
CREATE INDEX "playout_record_first_sound_at_idx" ON "playout_record"("first_sound_at");

-- AddForeignKey
ALTER TABLE "zone" ADD CONSTRAINT "zone_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "zone"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "zone_succession" ADD CONSTRAINT "zone_succession_from_id_fkey" FOREIGN KEY ("from_id") REFERENCES "zone"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "zone_succession" ADD CONSTRAINT "zone_succession_to_id_fkey" FOREIGN KEY ("to_id") REFERENCES "zone"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "receiver" ADD CONSTRAINT "receiver_zone_id_fkey" FOREIGN KEY ("zone_id") REFERENCES "zone"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "broadcast" ADD CONSTRAINT "broadcast_segment_id_fkey" FOREIGN KEY ("segment_id") REFERENCES "segment"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "playout_record" ADD CONSTRAINT "playout_record_receiver_id_fkey" FOREIGN KEY ("receiver_id") REFERENCES "receiver"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- Words and ranges that the programs rely on. Text with a check can be widened by a later migration without a new type.
ALTER TABLE "zone" ADD CONSTRAINT "zone_kind_known" CHECK ("kind" IN ('city', 'ward', 'neighbourhood', 'cluster'));
ALTER TABLE "zone" ADD CONSTRAINT "zone_root_or_child" CHECK ("parent_id" IS NULL OR "parent_id" <> "id");
ALTER TABLE "zone" ADD CONSTRAINT "zone_validity_forward" CHECK ("valid_to" IS NULL OR "valid_to" > "valid_from");
ALTER TABLE "zone" ADD CONSTRAINT "zone_position_whole" CHECK (("lat" IS NULL) = ("lng" IS NULL));
ALTER TABLE "receiver" ADD CONSTRAINT "receiver_kind_known" CHECK ("kind" IN ('loudspeaker', 'browser', 'bridge', 'fleet'));
ALTER TABLE "receiver" ADD CONSTRAINT "receiver_volume_range" CHECK ("volume" BETWEEN 0 AND 100);
ALTER TABLE "receiver" ADD CONSTRAINT "receiver_emergency_volume_range" CHECK ("emergency_volume" BETWEEN 0 AND 100);
ALTER TABLE "segment" ADD CONSTRAINT "segment_kind_known" CHECK ("kind" IN ('audio', 'chime', 'emergency'));
ALTER TABLE "segment" ADD CONSTRAINT "segment_status_known" CHECK ("status" IN ('processing', 'ready', 'failed'));
ALTER TABLE "segment" ADD CONSTRAINT "segment_ready_is_complete"
  CHECK ("status" <> 'ready' OR ("path" IS NOT NULL AND "duration_ms" IS NOT NULL));
ALTER TABLE "broadcast" ADD CONSTRAINT "broadcast_level_range" CHECK ("level" BETWEEN 0 AND 3);
ALTER TABLE "broadcast" ADD CONSTRAINT "broadcast_authority_range" CHECK ("authority" BETWEEN 0 AND 7);
ALTER TABLE "broadcast" ADD CONSTRAINT "broadcast_mode_known" CHECK ("mode" IN ('replace', 'overlay'));
ALTER TABLE "broadcast" ADD CONSTRAINT "broadcast_source_known" CHECK ("source_kind" IN ('live', 'segment'));
ALTER TABLE "playout_record" ADD CONSTRAINT "playout_record_counts_positive"
  CHECK ("rendered_ms" >= 0 AND "lost_packets" >= 0 AND "concealed_ms" >= 0);
ALTER TABLE "playout_record" ADD CONSTRAINT "playout_record_forward" CHECK ("last_sound_at" >= "first_sound_at");

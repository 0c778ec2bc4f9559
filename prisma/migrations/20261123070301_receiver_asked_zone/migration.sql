-- AlterTable
ALTER TABLE "receiver" ADD COLUMN     "asked_zone" TEXT;



import { MAX_TITLE_LENGTH } from '@loa/shared/broadcasts/commands';
import { toPlainText } from '@loa/shared/protocol/text';

/** "thong-bao-cat-dien.mp3" is a good title without its ending; one that is too long would be refused once all has been sent. */
export function titleOfFile(fileName: string): string {
  return toPlainText(fileName.replace(/\.[^.]+$/, ''), MAX_TITLE_LENGTH);
}

/** The title as it is sent; a file is never refused for having none. */
export function titleToSend(title: string, fileName: string): string {
  return toPlainText(title, MAX_TITLE_LENGTH) || titleOfFile(fileName) || toPlainText(fileName, MAX_TITLE_LENGTH);
}

/** The title once a file was chosen: its name, unless a person wrote another one than that of the file before (`automatic`). */
export function titleFor(fileName: string, title: string, automatic: string): string {
  const written = title.trim();
  return written === '' || written === automatic.trim() ? titleOfFile(fileName) : title;
}

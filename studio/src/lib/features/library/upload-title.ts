/** "thong-bao-cat-dien.mp3" is a good title without its ending. */
export function titleOfFile(fileName: string): string {
  return fileName.replace(/\.[^.]+$/, '');
}

/** The title once a file was chosen: its name, unless a person wrote another one than that of the file before (`automatic`). */
export function titleFor(fileName: string, title: string, automatic: string): string {
  const written = title.trim();
  return written === '' || written === automatic.trim() ? titleOfFile(fileName) : title;
}

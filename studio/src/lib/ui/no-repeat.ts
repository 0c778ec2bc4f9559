/** For a button that takes the place of the one that was pressed, or turns into it: a key that is held down repeats. */
export function noRepeat(event: KeyboardEvent): void {
  if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
}

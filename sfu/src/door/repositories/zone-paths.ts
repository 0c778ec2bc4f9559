/** How each zone of a broadcast read at its start. `zonePath` is what is stored: one line for each, in the order of `zones`. */
export function zonePathsOf(zones: readonly string[], zonePath: string): Record<string, string> {
  const lines = zonePath.split('\n');
  return Object.fromEntries(zones.flatMap((zone, index) => (lines[index] ? [[zone, lines[index]]] : [])));
}

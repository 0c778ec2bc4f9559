import { readText } from './compose-file.ts';

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

export interface Stage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of the Dockerfile in their order; continued lines are joined, comments left out. */
export function readStages(): Stage[] {
  const lines = readText('docker', 'Dockerfile')
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: Array<{ name: string; from: string; instructions: Instruction[] }> = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === '') throw new Error(`not an instruction: ${line}`);
    const [, from = '', name = ''] = word === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(rest) ?? []) : [];
    if (word === 'FROM') stages.push({ name, from, instructions: [] });
    else stages.at(-1)?.instructions.push({ word, rest });
  }
  return stages;
}

/** A stage with all that it is made from, the base first. */
export function lineageOf(stages: readonly Stage[], name: string): Stage[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage ? [...lineageOf(stages, stage.from), stage] : [];
}

/** The last instruction of this word that counts for a stage. */
export const lastOf = (stages: readonly Stage[], name: string, word: string): string | undefined =>
  lineageOf(stages, name)
    .flatMap(({ instructions }) => instructions)
    .filter((instruction) => instruction.word === word)
    .at(-1)?.rest;

/** Arguments in exec form: `["node", "x.ts"]`, also after options. */
export function execForm(rest: string | undefined): string[] {
  const [array] = /\[.*\]$/.exec(rest ?? '') ?? [];
  return array === undefined ? [] : (JSON.parse(array) as string[]);
}

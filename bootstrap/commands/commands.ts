import type { Command } from 'commander';
import { registerCreate } from './create.ts';
import { registerDoctor } from './doctor.ts';

/** Adds every subcommand to the program. */
export function registerCommands(program: Command): void {
  registerCreate(program);
  registerDoctor(program);
}

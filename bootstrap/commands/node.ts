import type { Command } from 'commander';
import { registerNodeAdd } from './node-add.ts';
import { registerNodeDrain, registerNodeUncordon } from './node-drain.ts';
import { registerNodeRemove } from './node-remove.ts';
import { registerNodeReplace } from './node-replace.ts';

/** `node`: what can be done with single machines of a cluster. */
export function registerNode(program: Command): void {
  const node = program.command('node').description('add, remove, drain or replace a machine');
  registerNodeAdd(node);
  registerNodeDrain(node);
  registerNodeUncordon(node);
  registerNodeRemove(node);
  registerNodeReplace(node);
}

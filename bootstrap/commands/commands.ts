import type { Command } from 'commander';
import { registerAlerts } from './alerts.ts';
import { registerBackup } from './backup.ts';
import { registerBundle } from './bundle.ts';
import { registerControlPlane } from './control-plane.ts';
import { registerCreate } from './create.ts';
import { registerDestroy } from './destroy.ts';
import { registerDoctor } from './doctor.ts';
import { registerEksToken } from './eks-token.ts';
import { registerGitAccess } from './git-access.ts';
import { registerKubeconfig } from './kubeconfig.ts';
import { registerLogs } from './logs.ts';
import { registerNode } from './node.ts';
import { registerRelease } from './release.ts';
import { registerRestore } from './restore.ts';
import { registerRotateKeys } from './rotate-keys.ts';
import { registerRotatePasswords } from './rotate-passwords.ts';
import { registerSeal } from './seal.ts';
import { registerStart } from './start.ts';
import { registerStatus } from './status.ts';
import { registerStop } from './stop.ts';
import { registerUi } from './ui.ts';

/** Adds every subcommand to the program. */
export function registerCommands(program: Command): void {
  registerCreate(program);
  registerStart(program);
  registerStop(program);
  registerDestroy(program);
  registerStatus(program);
  registerLogs(program);
  registerAlerts(program);
  registerDoctor(program);
  registerNode(program);
  registerControlPlane(program);
  registerBackup(program);
  registerRestore(program);
  registerRelease(program);
  registerSeal(program);
  registerRotateKeys(program);
  registerRotatePasswords(program);
  registerGitAccess(program);
  registerBundle(program);
  registerKubeconfig(program);
  registerUi(program);
  registerEksToken(program);
}

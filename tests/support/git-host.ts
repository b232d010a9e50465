import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../services/backends/free-port.ts';
import { requireSuccess } from './cluster-under-test.ts';
import { createGitServer } from './git-over-https.ts';
import { type GitSshServer, startSshServer } from './git-over-ssh.ts';
import { runCommand } from './run-command.ts';
import { createTestCertificate } from './test-authority.ts';

/** Stands for GitHub: repositories over https, public or by a token, and over ssh by a deploy key. */
export class GitHost {
  readonly address: string;
  /** Of the authority that signs for the host, PEM. */
  readonly authority: string;
  /** Lets its holder read and push everything over https. */
  readonly token: string;
  /** The line of known_hosts by which the host is known. */
  readonly knownHosts: string;
  private readonly folder: string;
  private readonly public: Set<string>;
  private readonly https: Server;
  private readonly ssh: GitSshServer;
  private readonly sshPort: number;

  private constructor(parts: Pick<GitHost, 'address' | 'authority' | 'token'> & HostParts) {
    this.address = parts.address;
    this.authority = parts.authority;
    this.token = parts.token;
    this.folder = parts.folder;
    this.public = parts.public;
    this.https = parts.https;
    this.ssh = parts.ssh;
    this.sshPort = parts.sshPort;
    this.knownHosts = `[${this.address}]:${this.sshPort} ${this.ssh.hostKey}\n`;
  }

  /** @param address one of this machine's; the host listens on all of them */
  static async start(address: string): Promise<GitHost> {
    const folder = await mkdtemp(join(tmpdir(), 'git-host-'));
    const token = randomBytes(20).toString('hex');
    const isPublic = new Set<string>();
    const certificate = await createTestCertificate(address);
    const https = createGitServer(certificate, {
      folder: join(folder, 'repositories'),
      token,
      isPublic: (path) => isPublic.has(path.split('/')[1] ?? ''),
    });
    await once(https.listen(0), 'listening');
    const sshPort = await freePort();
    const ssh = await startSshServer(folder, sshPort);
    const { authority } = certificate;
    return new GitHost({ address, authority, token, folder, public: isPublic, https, ssh, sshPort });
  }

  /** Makes an empty repository, whose branch is `main`. */
  async createRepository(name: string, visibility: 'public' | 'private'): Promise<void> {
    const folder = join(this.folder, 'repositories');
    await mkdir(folder, { recursive: true });
    const init = ['init', '--quiet', '--bare', '--initial-branch', 'main', join(folder, `${name}.git`)];
    await requireSuccess(runCommand('git', init));
    this.setVisibility(name, visibility);
  }

  async removeRepository(name: string): Promise<void> {
    await rm(join(this.folder, 'repositories', `${name}.git`), { recursive: true, force: true });
  }

  setVisibility(name: string, visibility: 'public' | 'private'): void {
    if (visibility === 'public') this.public.add(`${name}.git`);
    else this.public.delete(`${name}.git`);
  }

  httpsUrl(name: string): string {
    return `https://${this.address}:${(this.https.address() as AddressInfo).port}/${name}.git`;
  }

  sshUrl(name: string): string {
    const path = join(this.folder, 'repositories', `${name}.git`);
    return `ssh://${userInfo().username}@${this.address}:${this.sshPort}${path}`;
  }

  /** Lets the holder of a key read everything over ssh. */
  async authorizeKey(publicKey: string): Promise<void> {
    await appendFile(this.ssh.authorizedKeysFile, `${publicKey}\n`);
  }

  /** Pushes a commit of a clone as its owner would, with the token, which goes through the environment. */
  async push(clone: string, name: string, commit = 'HEAD'): Promise<void> {
    const helper = '!f() { echo username=owner; echo "password=$GIT_HOST_TOKEN"; }; f';
    const settings = [
      '-c',
      'credential.helper=',
      '-c',
      `credential.helper=${helper}`,
      '-c',
      'http.sslVerify=false',
    ];
    const push = [
      '-C',
      clone,
      ...settings,
      'push',
      '--quiet',
      this.httpsUrl(name),
      `${commit}:refs/heads/main`,
    ];
    // biome-ignore lint/style/noProcessEnv: handed on whole to git
    await requireSuccess(runCommand('git', push, { env: { ...process.env, GIT_HOST_TOKEN: this.token } }));
  }

  async stop(): Promise<void> {
    this.ssh.process.kill();
    this.https.closeAllConnections();
    this.https.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

interface HostParts {
  readonly folder: string;
  readonly public: Set<string>;
  readonly https: Server;
  readonly ssh: GitSshServer;
  readonly sshPort: number;
}

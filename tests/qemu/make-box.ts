import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';
import { shell } from '../support/go-tools.ts';

/*
 * node tests/qemu/make-box.ts FILE: makes a Vagrant box for libvirt from Debian's packages alone, with systemd, for
 * machines that are emulated where there is no KVM. Root on Debian only. README.md says how it is used.
 */

const SUITE = 'trixie';
const DISK_GB = 20;
const NEEDED = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  vagrant: 'vagrant',
};

/** What a box is made of, and what nodes of the source `packages` take from their distribution. */
const PACKAGES = [
  ...[
    'linux-image-cloud-amd64',
    'systemd-sysv',
    'systemd-resolved',
    'dbus',
    'udev',
    'kmod',
    'initramfs-tools',
    'zstd',
  ],
  ...['openssh-server', 'sudo', 'iproute2', 'procps', 'ca-certificates'],
  ...['runc', 'nftables', 'conntrack'],
];

/** The kernel is started by the hypervisor itself (direct kernel boot), so that no boot loader is needed. */
const BOX_VAGRANTFILE = `Vagrant.configure("2") do |config|
  config.vm.provider "libvirt" do |libvirt|
    libvirt.driver = "qemu"
    libvirt.cpu_mode = "custom"
    libvirt.cpu_model = "qemu64"
    libvirt.kernel = File.expand_path("vmlinuz", __dir__)
    libvirt.initrd = File.expand_path("initrd.img", __dir__)
    libvirt.cmd_line = "root=/dev/vda rw net.ifnames=0 console=ttyS0 quiet"
  end
end
`;

const FILES: Record<string, string> = {
  'etc/hostname': 'machine\n',
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/fstab': '/dev/vda / ext4 noatime 0 1\n',
  'etc/sudoers.d/vagrant': 'vagrant ALL=(ALL) NOPASSWD: ALL\n',
  'etc/systemd/network/10-eth0.network': '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n',
  // Each machine makes host keys of its own.
  'etc/systemd/system/ssh.service.d/keys.conf':
    '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n',
  'etc/ssh/sshd_config.d/vagrant.conf': 'UseDNS no\nPasswordAuthentication no\n',
};

/** A shell script for the new root, whose folder is "$1". */
function formatCustomization(publicKey: string): string {
  const writes = Object.entries(FILES).map(
    ([path, text]) => `mkdir -p "$(dirname "$1/${path}")"\ncat > "$1/${path}" <<'END'\n${text}END`,
  );
  return [
    'set -eu',
    ...writes,
    'chmod 440 "$1/etc/sudoers.d/vagrant"; rm -f "$1"/etc/ssh/ssh_host_*',
    'chroot "$1" useradd --create-home --shell /bin/sh vagrant',
    `mkdir -m 700 "$1/home/vagrant/.ssh"; echo '${publicKey}' > "$1/home/vagrant/.ssh/authorized_keys"`,
    'chroot "$1" chown -R vagrant:vagrant /home/vagrant/.ssh',
    'chroot "$1" systemctl enable systemd-networkd systemd-resolved ssh',
    'ln -sf /run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"; : > "$1/etc/machine-id"',
  ].join('\n');
}

/** The public half of the key pair that Vagrant ships with. */
async function readPublicKey(): Promise<string> {
  const script = 'require "vagrant"; puts Vagrant.source_root.join("keys", "vagrant.pub").read';
  // Debian's Vagrant is an ordinary library of Debian's Ruby.
  return (await shell.run('ruby', ['-e', script])).stdout.trim();
}

async function makeBox(box: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'box-'));
  const at = (name: string) => join(folder, name);
  try {
    await writeFile(at('customize'), formatCustomization(await readPublicKey()), { mode: 0o755 });
    await shell.run('mmdebstrap', [
      ...['--mode=root', '--variant=minbase', `--include=${PACKAGES.join(',')}`],
      `--customize-hook=sh ${at('customize')} "$1"`,
      ...[SUITE, at('root')],
    ]);
    for (const name of ['vmlinuz', 'initrd.img'])
      await shell.run('sh', ['-c', `cp -L "$1"/boot/${name}-* "$2"`, 'sh', at('root'), at(name)]);
    await shell.run('truncate', ['--size', `${DISK_GB}G`, at('disk.raw')]);
    const options = ['-q', '-t', 'ext4', '-F', '-E', 'lazy_itable_init=1', '-d', at('root'), at('disk.raw')];
    await shell.run('mke2fs', options);
    await shell.run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', at('disk.raw'), at('box.img')]);
    await writeFile(at('Vagrantfile'), BOX_VAGRANTFILE);
    const metadata = { provider: 'libvirt', format: 'qcow2', virtual_size: DISK_GB };
    await writeFile(at('metadata.json'), JSON.stringify(metadata));
    const parts = ['metadata.json', 'Vagrantfile', 'box.img', 'vmlinuz', 'initrd.img'];
    await mkdir(dirname(box), { recursive: true });
    await shell.run('tar', ['-C', folder, '--use-compress-program', 'gzip -1', '-cf', box, ...parts]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [file] = process.argv.slice(2);
if (!file) {
  process.stderr.write('Usage: node tests/qemu/make-box.ts FILE\n');
  process.exitCode = 2;
} else if (await providePrograms(NEEDED, 'boxes for emulated machines')) {
  await makeBox(resolve(file));
  process.stdout.write(`${file} is made; its kernel is started directly\n`);
} else process.exitCode = 1;

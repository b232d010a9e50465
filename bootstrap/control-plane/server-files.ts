import type { RemoteMachine } from '../machines/remote.ts';

/** Where K3s keeps a server's state, and the database in it, from either source. */
const SERVER = '/var/lib/rancher/k3s/server';
const NODE_PASSWORD = '/etc/rancher/node/password';

/** The parts of {@link SERVER} without which the data store is of no use: its agents and tokens trust them. */
const CREDENTIALS = ['token', 'tls', 'cred'];

/**
 * Copies the data store while it is in use, with the credentials that belong to it.
 *
 * A database in WAL mode is only written to by checkpoints, and what a checkpoint writes is in the log as
 * well, until the log is begun anew, which changes the salts in its header
 * (https://www.sqlite.org/fileformat2.html#walformat). So file and log, copied in this order while the salts
 * stay the same, are a state that SQLite recovers as it would after a crash.
 *
 * @returns a gzipped tar with `state.db`, perhaps `state.db-wal`, `token`, `tls`, `cred`, perhaps `node-password`
 */
export async function copyServerFiles(master: RemoteMachine): Promise<Buffer> {
  const { stdout } = await master.run(COPY, { isSecret: true });
  return Buffer.from(stdout, 'base64');
}

const COPY = `
umask 077
work=$(mktemp -d ${SERVER}/snapshot.XXXXXX)
trap 'rm -rf "$work"' EXIT
db=${SERVER}/db/state.db
if [ "$(od -An -tu1 -j18 -N2 "$db" | tr -s ' ')" != " 2 2" ]; then
  echo "$db is not in WAL mode" >&2; exit 1
fi
salts() { if [ -s "$db-wal" ]; then od -An -tx1 -j16 -N8 "$db-wal"; else echo none; fi; }
left=20
while :; do
  before=$(salts)
  cp "$db" "$work/state.db"
  rm -f "$work/state.db-wal"
  if [ -s "$db-wal" ]; then cp "$db-wal" "$work/state.db-wal"; fi
  [ "$before" != "$(salts)" ] || break
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then echo "$db changes too fast to be copied" >&2; exit 1; fi
done
for part in ${CREDENTIALS.join(' ')}; do cp -RL "${SERVER}/$part" "$work/$part"; done
if [ -f ${NODE_PASSWORD} ]; then cp ${NODE_PASSWORD} "$work/node-password"; fi
tar -C "$work" -cf - . | gzip -1 | base64
`;

/** Beside the state in use: what was there before the last restore. */
export const KEPT_STATE = `${SERVER}.before-restore`;

/**
 * Stops K3s and puts a server's files in the place of those that are there, which are kept in
 * {@link KEPT_STATE}. Pods run on. It can be repeated, also when it was killed half-way.
 *
 * @param archive a gzipped tar with `db/state.db`, `token`, `tls`, `cred`, perhaps `node-password`
 */
export async function replaceServerFiles(master: RemoteMachine, archive: Buffer): Promise<void> {
  await master.run(REPLACE, { input: archive, isSecret: true });
}

const REPLACE = `
umask 077
new=${SERVER}.restored
rm -rf "$new"; mkdir -p "$new"
gzip -dc | tar -C "$new" -xf -
chown -R 0:0 "$new"
# What is applied at every start is no part of the snapshot.
if [ -d ${SERVER}/manifests ]; then cp -a ${SERVER}/manifests "$new/"; fi
if [ -d /run/systemd/system ]; then systemctl stop k3s 2>/dev/null || [ ! -f /etc/systemd/system/k3s.service ]
elif [ -f /etc/init.d/k3s ]; then rc-service --quiet --ifstarted k3s stop; fi
if [ -f "$new/node-password" ]; then
  mkdir -p "$(dirname ${NODE_PASSWORD})"; mv "$new/node-password" ${NODE_PASSWORD}
fi
sync
if [ -d ${SERVER} ]; then rm -rf ${KEPT_STATE}; mv ${SERVER} ${KEPT_STATE}; fi
mv "$new" ${SERVER}
sync
`;

/** Starts K3s where it is installed. */
export async function startServer(master: RemoteMachine): Promise<void> {
  await master.run(`
if [ -d /run/systemd/system ]; then systemctl --no-block start k3s
else rc-service --quiet --ifstopped k3s start; fi
`);
}

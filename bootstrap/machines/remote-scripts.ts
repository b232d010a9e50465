/*
 * What runs on machines is for any POSIX shell: the user's there may be bash, dash, or busybox's ash.
 */

/** A word for any POSIX shell; that of zx is for bash. */
export function quoteWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command by which a machine's user runs a script as root: by sudo, or by doas, which Alpine has. */
export function formatRootCommand(script: string): string {
  return `$(command -v sudo || command -v doas) sh -c ${quoteWord(`set -eu\n${script}`)}`;
}

/**
 * Receives a file from standard input under a name of its own. Another `create` that was killed may still be
 * writing; what it leaves behind is removed.
 */
function formatReceive(path: string): string {
  return [
    `target=${quoteWord(path)}; unfinished="$target.unfinished.$$"`,
    'mkdir -p "$(dirname "$target")"; rm -f "$target".unfinished.*; cat > "$unfinished"',
  ].join('\n');
}

/**
 * Replaces a file by standard input in one step, and says whether that changed it.
 *
 * @param mode octal, such as `0600`
 */
export function formatWrite(path: string, mode: string): string {
  return [
    `umask 077\n${formatReceive(path)}\nchmod ${mode} "$unfinished"`,
    'if cmp -s "$unfinished" "$target"; then rm "$unfinished"; echo same; exit; fi',
    'mv "$unfinished" "$target"; echo changed',
  ].join('\n');
}

/** As {@link formatWrite}; the SHA-256 goes into a file beside it, so that nobody has to read it again. */
export function formatCopy(path: string, mode: string, checksum: string): string {
  return [
    formatReceive(path),
    `echo "${checksum}  $unfinished" | sha256sum -c - >/dev/null`,
    `chmod ${mode} "$unfinished"; rm -f "$target.sha256"; mv "$unfinished" "$target"`,
    `echo ${checksum} > "$target.sha256"`,
  ].join('\n');
}

/** Is on a machine as long as K3s may run with other files than it has; a reboot starts K3s, and empties /run. */
const INSTALLING = '/run/k3s-installing';

/** Begins an installation of K3s; says `runs` where it runs, and `interrupted` where an earlier one has not ended. */
export function formatBegin(): string {
  return [
    'if pidof k3s > /dev/null; then echo runs; fi',
    `if [ -e ${INSTALLING} ]; then echo interrupted; fi`,
    `: > ${INSTALLING}`,
  ].join('\n');
}

/**
 * Starts the service k3s, or has it start anew, under systemd or OpenRC, whichever the machine has. That ends what
 * {@link formatBegin} began.
 */
export function formatStart(mustRestart: boolean): string {
  const action = mustRestart ? 'restart' : 'start';
  return [
    'if [ -d /run/systemd/system ]; then',
    `  systemctl daemon-reload; systemctl enable --quiet k3s; systemctl --no-block ${action} k3s`,
    'else',
    `  rc-update --quiet add k3s default; rc-service --quiet --ifstopped k3s start${mustRestart ? '; rc-service --quiet k3s restart' : ''}`,
    'fi',
    `rm -f ${INSTALLING}`,
  ].join('\n');
}

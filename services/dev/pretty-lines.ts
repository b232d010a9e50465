import { styleText } from 'node:util';
import { isColorSupported, prettyFactory } from 'pino-pretty';

const colors = ['cyan', 'magenta', 'green', 'yellow'] as const;

/**
 * Makes a printer of what services print: each line behind the service's name, and log records as text for people.
 * @param names the services
 * @param write where the lines go
 */
export function createLinePrinter(
  names: readonly string[],
  write: (text: string) => void,
): (name: string, line: string) => void {
  const width = Math.max(...names.map((name) => name.length));
  // Who is talking is in the prefix already.
  const ignore = 'pid,hostname,service,version';
  const toText = prettyFactory({
    colorize: isColorSupported,
    ignore,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return (name, line) => {
    const color = colors[names.indexOf(name) % colors.length] ?? 'cyan';
    const prefix = `${name.padEnd(width)} │ `;
    const text = line.startsWith('{') ? toText(line) : line;
    for (const part of text.trimEnd().split('\n')) {
      write(`${isColorSupported ? styleText(color, prefix, { validateStream: false }) : prefix}${part}\n`);
    }
  };
}

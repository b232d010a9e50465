import Table from 'cli-table3';

/** No lines between cells and around the table, two spaces between columns, as kubectl prints tables. */
const BARE = Object.fromEntries(
  [
    'top',
    'bottom',
    'left',
    'right',
    'mid',
    'top-mid',
    'top-left',
    'top-right',
    'bottom-mid',
    'bottom-left',
  ].map((part) => [part, '']),
);

/** Rows as a table for a terminal, the head in capitals. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: head.map((title) => title.toUpperCase()),
    chars: { ...BARE, 'bottom-right': '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

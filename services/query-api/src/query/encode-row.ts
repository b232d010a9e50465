import pg from 'pg';

/** Turns a value's text, as PostgreSQL sends it, into JSON. */
type Encoder = (text: string) => string;

const { builtins } = pg.types;

/** Of PostgreSQL's numbers all but NaN and the infinities are numbers of JSON as they are. */
const encodeNumber: Encoder = (text) => (/\d$/.test(text) ? text : JSON.stringify(text));

/** Line breaks can only be between JSON's tokens, since inside strings they are escaped; a line must have none. */
const encodeJson: Encoder = (text) => text.replace(/[\r\n]+/g, ' ');

const encoders: ReadonlyMap<number, Encoder> = new Map([
  [builtins.BOOL, (text) => (text === 't' ? 'true' : 'false')],
  [builtins.INT2, encodeNumber],
  [builtins.INT4, encodeNumber],
  [builtins.OID, encodeNumber],
  [builtins.FLOAT4, encodeNumber],
  [builtins.FLOAT8, encodeNumber],
  [builtins.JSON, encodeJson],
  [builtins.JSONB, encodeJson],
]);

/**
 * Makes what turns rows into JSON lists. Text goes to text, without values in between that would cost time, lose
 * digits or overflow the stack.
 * @param fields the columns
 */
export function createRowEncoder(
  fields: readonly { dataTypeID: number }[],
): (row: readonly (string | null)[]) => string {
  const columns = fields.map(({ dataTypeID }) => encoders.get(dataTypeID) ?? JSON.stringify);
  return (row) => `[${columns.map((encode, index) => encodeValue(row[index], encode)).join(',')}]`;
}

function encodeValue(text: string | null | undefined, encode: Encoder): string {
  return text === null || text === undefined ? 'null' : encode(text);
}

import { z } from 'zod';

/** The type of an answer that is streamed, one JSON value a line. Source: https://github.com/ndjson/ndjson-spec */
export const ndjsonType = 'application/x-ndjson';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** What a client sends to read from a database. Unknown fields are dropped. */
export const queryRequestSchema = z
  .object({
    database: z.string().min(1).max(63).meta({
      description: 'Which database to read from',
      example: 'inventory',
    }),
    sql: z
      .string()
      .min(1, 'must not be empty')
      .max(65_536)
      // In the protocol this character ends the statement, and what follows would be taken for its parameters.
      .refine((text) => !text.includes('\u0000'), 'must not contain the character U+0000')
      .meta({
        description:
          'One statement that reads: SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN. $1, $2 … stand for params.',
        example: 'SELECT id, title FROM movies WHERE title ILIKE $1 ORDER BY id',
      }),
    params: z
      .array(z.union([scalar, z.array(scalar).max(10_000)]))
      .max(1000)
      .default([])
      .meta({
        description:
          'Values of $1, $2 …; a list becomes an array of PostgreSQL. Give JSON as text and cast it: $1::jsonb',
        example: ['%gun%'],
      }),
  })
  .meta({ description: 'One statement to run against one database, read-only' });

export type QueryRequest = z.infer<typeof queryRequestSchema>;

/** A column of an answer. */
export const queryColumnSchema = z.object({
  name: z.string(),
  type: z
    .string()
    .meta({ description: "PostgreSQL's name of the type", example: 'timestamp with time zone' }),
});

export type QueryColumn = z.infer<typeof queryColumnSchema>;

/** A row: its values in the order of the columns. */
export const queryRowSchema = z.array(z.unknown()).meta({
  description:
    'Values in the order of columns. smallint, integer, real, double precision: a number (NaN and infinities ' +
    "as text); boolean; json and jsonb: as they are; NULL: null; everything else, also bigint and numeric, whose digits a JSON number may lose: PostgreSQL's text.",
});

/** What the end of every answer tells. */
export const queryOutcomeSchema = z.object({
  rowCount: z.int().min(0).meta({ description: 'How many rows the answer has' }),
  truncated: z.boolean().meta({ description: 'Whether a limit on rows or bytes cut the answer short' }),
});

export type QueryOutcome = z.infer<typeof queryOutcomeSchema>;

/** What an application/json answer is. */
export const queryResultSchema = z
  .object({
    columns: z.array(queryColumnSchema),
    rows: z.array(queryRowSchema),
    ...queryOutcomeSchema.shape,
  })
  .meta({ description: 'The rows that the statement returned' });

export type QueryResult = z.infer<typeof queryResultSchema>;

/** What a problem document says besides the usual members where PostgreSQL refused the statement. */
export const queryErrorSchema = z
  .object({
    code: z.string().meta({
      description: 'SQLSTATE: https://www.postgresql.org/docs/17/errcodes-appendix.html',
      example: '42P01',
    }),
    position: z.int().min(1).optional().meta({
      description: 'At which character of sql the error was noticed; the first is 1',
      example: 15,
    }),
    hint: z.string().optional().meta({ description: 'What PostgreSQL suggests' }),
  })
  .meta({ description: "PostgreSQL's own view of an error" });

export type QueryError = z.infer<typeof queryErrorSchema>;

/**
 * The lines of an application/x-ndjson answer: first `{"columns": […]}`, then a list for each row, and last either
 * `{"rowCount", "truncated"}` or, where the statement failed on the way, `{"error": <problem document>}`. An answer
 * without such a last line broke off.
 */
export const queryLineSchema = z.union([
  z.object({ columns: z.array(queryColumnSchema) }),
  queryRowSchema,
  queryOutcomeSchema,
  z.object({ error: z.looseObject({ status: z.int(), ...queryErrorSchema.partial().shape }) }),
]);

export type QueryLine = z.infer<typeof queryLineSchema>;

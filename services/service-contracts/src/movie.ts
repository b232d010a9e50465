import { z } from 'zod';

/** PostgreSQL's text can't hold U+0000, so a string that has one is refused here instead of failing there. */
const storableText = z
  .string()
  .refine((text) => !text.includes('\u0000'), 'must not contain the character U+0000');

/** What a client sends to create a movie or to replace one. Unknown fields are dropped. */
export const movieInputSchema = z
  .object({
    title: storableText
      .trim()
      .min(1, 'must not be empty')
      .max(200)
      .meta({ description: 'Blanks around it are dropped', example: 'Top Gun' }),
    description: storableText
      .max(5000)
      .default('')
      .meta({ description: 'What it is about', example: 'Story of a fighter pilot' }),
  })
  .meta({ description: 'A movie as a client describes it' });

export type MovieInput = z.infer<typeof movieInputSchema>;

/** What a client may ask of the list of movies; values arrive as query parameters, so as text. */
export const movieSearchSchema = z.object({
  title: storableText
    .max(200)
    .optional()
    .meta({ description: 'A part of the title, whatever its case', example: 'gun' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(500)
    .default(100)
    .meta({ description: 'How many movies the answer may have', example: 10 }),
  offset: z.coerce
    .number()
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(0)
    .meta({ description: 'How many movies come before the first of the answer', example: 20 }),
});

export type MovieSearch = z.infer<typeof movieSearchSchema>;

/** A movie as the inventory returns it. */
export interface Movie {
  id: number;
  title: string;
  description: string;
  createdAt: Date;
  updatedAt: Date;
}

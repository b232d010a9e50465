import { z } from 'zod';

/** PostgreSQL's text can't hold U+0000, so a string that has one is refused here instead of failing there. */
const storableText = z
  .string()
  .refine((text) => !text.includes('\u0000'), 'must not contain the character U+0000');

/** What a client sends to create a movie or to replace one. Unknown fields are dropped. */
export const movieInputSchema = z.object({
  title: storableText.trim().min(1, 'must not be empty').max(200),
  description: storableText.max(5000).default(''),
});

export type MovieInput = z.infer<typeof movieInputSchema>;

/** What a client may ask of the list of movies; values arrive as query parameters, so as text. */
export const movieSearchSchema = z.object({
  title: storableText.max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  offset: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
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

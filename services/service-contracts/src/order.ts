import { z } from 'zod';

const wholeNumberPattern = /^\d{1,16}$/;
const decimalPattern = /^\d{1,12}(\.\d{1,10})?$/;

/**
 * A positive whole number, given as a number or as decimal digits ("22").
 * Signs, exponents, blanks and hexadecimal are refused, so that both forms mean the same.
 */
function wholeNumber(maximum: number) {
  const message = `must be a whole number from 1 to ${maximum}, or the same as text`;
  return z
    .union([z.number(), z.string().regex(wholeNumberPattern, message)], { error: message })
    .transform(Number)
    .pipe(z.number().int(message).min(1, message).max(maximum, message));
}

/**
 * An amount of money of at most 12 digits and 10 decimals, given as a number or as text.
 * It stays text from here to the database's `numeric`, so that no binary rounding touches it.
 */
const amount = z
  .union([z.number(), z.string()], { error: 'must be a decimal number, or the same as text' })
  .transform(String)
  .pipe(
    z
      .string()
      .regex(
        decimalPattern,
        'must be a decimal number from 0, of at most 12 digits and 10 decimals, or the same as text',
      ),
  );

/** An order as clients post it and as it travels through the billing queue. */
export const orderSchema = z.object({
  user_id: wholeNumber(Number.MAX_SAFE_INTEGER),
  number_of_items: wholeNumber(2_147_483_647),
  total_amount: amount,
});

/** An order after validation: whole numbers as numbers, the amount as exact decimal text. */
export type Order = z.infer<typeof orderSchema>;

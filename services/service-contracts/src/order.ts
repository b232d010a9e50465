import { z } from 'zod';

const wholeNumberPattern = /^\d{1,16}$/;
const decimalPattern = /^\d{1,12}(\.\d{1,10})?$/;

/**
 * A positive whole number, given as a number or as decimal digits ("22").
 * Signs, exponents, blanks and hexadecimal are refused, so that both forms mean the same.
 */
function wholeNumber(maximum: number) {
  const message = `must be a whole number from 1 to ${maximum}, or the same as text`;
  const fromNumber = z.int(message).min(1, message).max(maximum, message);
  return z
    .union([fromNumber, z.string().regex(wholeNumberPattern, message)], { error: message })
    .transform(Number)
    .pipe(fromNumber);
}

const amountMessage =
  'must be a decimal number from 0, of at most 12 digits and 10 decimals, or the same as text';

/**
 * An amount of money of at most 12 digits and 10 decimals, given as a number or as text.
 * It stays text from here to the database's `numeric`, so that no binary rounding touches it.
 */
const amount = z
  .union(
    [
      z.number().min(0, amountMessage).lt(1e12, amountMessage),
      z.string().regex(decimalPattern, amountMessage),
    ],
    { error: 'must be a decimal number, or the same as text' },
  )
  .transform(String)
  .pipe(z.string().regex(decimalPattern, amountMessage));

/** An order as clients post it and as it travels through the billing queue. */
export const orderSchema = z
  .object({
    user_id: wholeNumber(Number.MAX_SAFE_INTEGER).meta({ description: 'Who orders', example: 22 }),
    number_of_items: wholeNumber(2_147_483_647).meta({ description: 'How many items', example: 4 }),
    total_amount: amount.meta({
      description: 'What they cost together; as text no digit is lost',
      example: '54557.50',
    }),
  })
  .meta({ description: 'An order to bill' });

/** An order after validation: whole numbers as numbers, the amount as exact decimal text. */
export type Order = z.infer<typeof orderSchema>;

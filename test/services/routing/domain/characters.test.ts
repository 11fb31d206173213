import fc from 'fast-check';
import { test } from 'tap';
import {
  DIGITS,
  isMadeOf,
  isPlain,
  isPlusAndDigits,
  isUuid,
  LETTERS_AND_DIGITS,
  LOWER_HEX,
} from '../../../../services/routing/domain/characters.ts';
import { anyText } from '../../../support/any-text.ts';

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Texts that are nearly of a form, and others. */
const nearly = (form: RegExp) =>
  fc.oneof(
    fc.stringMatching(form),
    fc
      .tuple(fc.stringMatching(form), fc.nat({ max: 40 }), anyText({ maxLength: 1 }))
      .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at + 1)),
    anyText({ maxLength: 40 }),
  );

function check(title: string, form: RegExp, isOfForm: (text: string) => boolean): void {
  test(title, async (t) => {
    t.comment(`FC_SEED=${seed}`);
    fc.assert(
      fc.property(nearly(form), (text) => isOfForm(text) === form.test(text)),
      { seed, numRuns: 2_000 },
    );
    t.pass('no counterexample');
  });
}

check('digits are those of the expression', /^[0-9]*$/, (text) => isMadeOf(text, DIGITS));
check('so are the digits of hexadecimal numbers', /^[0-9a-f]*$/, (text) => isMadeOf(text, LOWER_HEX));
check('so are letters and digits', /^[0-9A-Za-z]*$/, (text) => isMadeOf(text, LETTERS_AND_DIGITS));
check('so is what stands in JSON as it is', /^[ !#-[\]-~]*$/, isPlain);
check('so is a number behind a plus', /^\+[0-9]{1,18}$/, (text) => isPlusAndDigits(text, 1, 18));
check('so is a UUID', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, isUuid);
check(
  'a part of a text is looked at by itself',
  /^CA[0-9A-Za-z]{32}$/,
  (text) => text.length === 34 && text.startsWith('CA') && isMadeOf(text, LETTERS_AND_DIGITS, 2),
);
